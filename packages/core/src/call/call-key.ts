/** Typed key for state passed between middlewares of different packages. */
export interface CallKey<T> {
  readonly id: symbol
  /** Type-only. */
  readonly '~type'?: T
}

/**
 * Makes the key of that name; the same name gives the same key, in whichever copy of the package.
 *
 * @example
 * ```ts
 * const tenant = callKey<string>('acme.tenant')
 * ```
 */
export function callKey<T>(name: string): CallKey<T> {
  return { id: Symbol.for(`halyard:${name}`) }
}
