/** How payloads are decoded and bound; each has a default. */
export interface BindingOptions {
  /** Whether a schema's refusal is an error; `false` gives the decoded value as it is. Default `true`. */
  readonly validate?: boolean | undefined
  /**
   * `null` for an optional field counts as absent, an absent field that may be null as `null`, and fields that a closed
   * record does not know are left out. Default `false`.
   */
  readonly lax?: boolean | undefined
  /** JSON numbers: `lossless` reads integers beyond 2^53 as `bigint`. Default `double`. */
  readonly numbers?: 'double' | 'lossless' | undefined
  /** At most so many bytes of a payload are quoted in an error; 0 quotes nothing. Default 256. */
  readonly excerptBytes?: number | undefined
  /** Payloads beyond this are refused before they are parsed. Default: `limits.bodyBytes` of the client alone. */
  readonly maxBytes?: number | undefined
  /** How deep XML elements and form keys may nest. Default 500. */
  readonly maxDepth?: number | undefined
  /** `strict` takes exact media types only. Default `lenient`. */
  readonly mediaTypes?: 'lenient' | 'strict' | undefined
  /** What an own `__proto__`, or a `constructor` with a `prototype`, leads to. Default `error`. */
  readonly prototypeKeys?: 'error' | 'drop' | undefined
}
