/** Where bytes came from: facts for error messages, asked for only when there is an error. */
export interface Source {
  /** Method, origin and path, as `describeTarget` of `@halyard/core` makes it. */
  readonly target: string
  readonly status: number
  /** The `content-type` of the response, or of the part, as it came. */
  readonly mediaType: string | undefined
  /** Which part of a multipart response it is, in words for errors: `parts[2] named "meta"`. */
  readonly part?: string | undefined
}

/** The response, or the part of it, with its status. */
export function describeSource({ part, status }: Source): string {
  return `the response${part === undefined ? '' : `'s ${part}`} (status ${status})`
}
