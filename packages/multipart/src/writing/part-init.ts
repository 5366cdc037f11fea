import type { HeadersInit } from '@halyard/core'
import type { PartBody } from './part-body.ts'

/** What is said of a part, beside its content. */
export interface PartFields {
  /** The field of a form. */
  readonly name?: string | undefined
  /** @defaultValue a File's name; in a form, `blob` for a Blob */
  readonly filename?: string | undefined
  /** @defaultValue what the body says; in a form, none for text */
  readonly mediaType?: string | undefined
  /** More headers. A `content-disposition` or `content-type` here replaces the one that would be written. */
  readonly headers?: HeadersInit | undefined
  /** Written as `content-id: <…>`; `start` of `multipart/related` and `cid:` links refer to it. */
  readonly contentId?: string | undefined
}

/** A part to be written. */
export interface PartInit extends PartFields {
  readonly body: PartBody
}
