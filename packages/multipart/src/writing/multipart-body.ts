import type { RequestBody } from '@halyard/core'

/** A body made of parts. */
export interface MultipartBody extends RequestBody {
  readonly contentType: string
  readonly boundary: string
  /** Lets go of the streams in it: for a body that will not be sent. One that is being sent is not touched. */
  discard(): void
}
