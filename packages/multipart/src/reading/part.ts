import type { HeaderList, MediaType } from '@halyard/core'
import type { ContentDisposition } from '../headers/content-disposition.ts'
import type { ContentRange } from '../headers/content-range.ts'

/**
 * One part of a multipart message: its headers, and one reading of its content. The content comes while it is read; what
 * is left of it is skipped when the next part is taken.
 */
export interface Part {
  readonly headers: HeaderList
  /** The field of a form. */
  readonly name: string | undefined
  /** The last component of the path that the sender gave. Still a stranger's text. */
  readonly filename: string | undefined
  readonly mediaType: MediaType | undefined
  /** `content-disposition`, parsed; `undefined` where there is none, or it says nothing. */
  readonly disposition: ContentDisposition | undefined
  /** `content-id` without its angle brackets. */
  readonly contentId: string | undefined
  /** Which bytes these are, in `multipart/byteranges`. */
  readonly contentRange: ContentRange | undefined
  /** Whether the others belong to it (`multipart/related`): the one that `start` names, or the first. */
  readonly isRoot: boolean
  /** The whole content; at most `maxPartBytes`, which is 100 MiB unless it is given. */
  bytes(): Promise<Uint8Array>
  /**
   * The content as text, by the charset of its media type, else as UTF-8.
   * @throws MultipartError for a charset that is not known.
   */
  text(): Promise<string>
  /**
   * The content as JSON.
   * @throws MultipartError where it is none.
   */
  json(): Promise<unknown>
  /** The content as it comes. Leaving the loop leaves the rest of this part, not the message. */
  stream(): AsyncIterable<Uint8Array>
  /**
   * Writes the content to a file, under a temporary name until it is whole. The path is yours to choose.
   * @throws BodyError with code `file` where the file system refuses.
   */
  saveTo(path: string | URL): Promise<SavedPart>
  /** Skips the content. Never throws. */
  discard(): Promise<void>
  /** The parts of a part that is a multipart message itself, at most `maxDepth` deep. */
  parts(): AsyncIterable<Part>
}

/** What was written, and where. */
export interface SavedPart {
  readonly path: string
  readonly bytes: number
}
