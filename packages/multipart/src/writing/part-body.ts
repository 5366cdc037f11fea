import type { RequestBody } from '@halyard/core'

/**
 * The content of a part. A stream or an iterable can be sent once; a function that makes one, as often as it is called.
 * `multipart(…)` is a body as well.
 */
export type PartBody =
  | string
  | Uint8Array
  | ArrayBuffer
  | Blob
  | RequestBody
  | AsyncIterable<Uint8Array | string>
  | (() => AsyncIterable<Uint8Array | string>)
