import { BodyError, type BodyFacts } from '@halyard/core'

/** The limits of a reader, by the names of their options. */
export type MultipartLimit =
  | 'maxParts'
  | 'maxPartBytes'
  | 'maxTotalBytes'
  | 'maxHeaderBytes'
  | 'maxHeaderCount'
  | 'maxNameBytes'
  | 'maxOuterBytes'
  | 'maxDepth'

/** A multipart message is not what it should be (`decode`), or exceeds a limit (`too-large`). */
export class MultipartError extends BodyError {
  /** The limit that was exceeded. */
  readonly limit: MultipartLimit | undefined

  constructor(message: string, facts: BodyFacts & { readonly limit?: MultipartLimit | undefined }) {
    super(message, facts)
    this.limit = facts.limit
  }
}
