/** Where bytes came from: facts for error messages, asked for only when there is an error. */
export interface Source {
  /** Method, origin and path, as `describeTarget` of `@halyard/core` makes it. */
  readonly target: string
  readonly status: number
  /** The `content-type` of the response, as it came. */
  readonly mediaType: string | undefined
}
