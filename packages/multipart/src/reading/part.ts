import type { TextDecoder as Decoder } from 'node:util'
import { parseMediaType, type HeaderList, type MediaType } from '@halyard/core'
import { parseContentDisposition, type ContentDisposition } from '../headers/content-disposition.ts'
import { parseContentRange, type ContentRange } from '../headers/content-range.ts'
import { collect } from './collect.ts'
import type { Ledger } from './ledger.ts'
import type { PartContent } from './part-content.ts'
import { saveChunks, type SavedPart } from './save-part.ts'

/** How the parts of a part are made: the reader of messages knows parts, so parts do not know it. */
export type OpenNested = (
  chunks: () => AsyncIterable<Uint8Array>,
  contentType: string | undefined,
) => AsyncIterable<Part>

/**
 * One part of a multipart message: its headers, and one reading of its content. The content comes while it is read; what
 * is left of it is skipped when the next part is taken.
 */
export class Part {
  readonly headers: HeaderList
  /** `content-disposition`, parsed; `undefined` where there is none, or it says nothing. */
  readonly disposition: ContentDisposition | undefined
  readonly mediaType: MediaType | undefined
  /** `content-id` without its angle brackets. */
  readonly contentId: string | undefined
  /** Which bytes these are, in `multipart/byteranges`. */
  readonly contentRange: ContentRange | undefined
  /** Whether the others belong to it (`multipart/related`): the one that `start` names, or the first. */
  readonly isRoot: boolean
  readonly #content: PartContent
  readonly #ledger: Ledger
  readonly #openNested: OpenNested

  constructor(headers: HeaderList, facts: PartFacts) {
    this.headers = headers
    this.disposition = parseContentDisposition(headers.get('content-disposition'))
    this.mediaType = parseMediaType(headers.get('content-type'))
    this.contentId = bareId(headers.get('content-id'))
    this.contentRange = parseContentRange(headers.get('content-range'))
    this.isRoot = facts.isRoot(this.contentId)
    this.#content = facts.content
    this.#ledger = facts.ledger
    this.#openNested = facts.openNested
  }

  /** The field of a form. */
  get name(): string | undefined {
    return this.disposition?.name
  }

  /** The last component of the path that the sender gave. */
  get filename(): string | undefined {
    return this.disposition?.filename
  }

  /** The whole content; at most `maxPartBytes`, which is 100 MiB unless it is given. */
  bytes(): Promise<Uint8Array> {
    const { maxHeldBytes } = this.#ledger.limits
    const exceeded = (): Error => this.#ledger.exceeded('maxPartBytes', 'bytes in a part', maxHeldBytes)
    return this.#content.read((chunks) => collect(chunks, maxHeldBytes, exceeded))
  }

  /** The content as text, by the charset of its media type, else as UTF-8. */
  async text(): Promise<string> {
    const bytes = await this.bytes()
    return this.#decoder(false).decode(bytes)
  }

  /** The content as JSON. @throws MultipartError where it is none. */
  async json(): Promise<unknown> {
    const bytes = await this.bytes()
    try {
      return JSON.parse(this.#decoder(true).decode(bytes))
    } catch (error) {
      // What the parser says quotes the content.
      if (error instanceof SyntaxError || error instanceof TypeError) {
        throw this.#ledger.malformed('has a part that is not JSON')
      }
      throw error
    }
  }

  /** The content as it comes. Leaving the loop leaves the rest of this part, not the message. */
  stream(): AsyncIterable<Uint8Array> {
    return this.#content.stream()
  }

  /**
   * Writes the content to a file, under a temporary name until it is whole. The path is yours to choose: `filename` is a
   * stranger's text.
   * @throws BodyError with code `file` where the file system refuses.
   */
  saveTo(path: string | URL): Promise<SavedPart> {
    return this.#content.read((chunks) => saveChunks(chunks, path))
  }

  /** Skips the content. Never throws. */
  discard(): Promise<void> {
    return this.#content.discard()
  }

  /** The parts of a part that is a multipart message itself, at most `maxDepth` deep. */
  parts(): AsyncIterable<Part> {
    return this.#openNested(() => this.#content.stream(), this.headers.get('content-type'))
  }

  #decoder(fatal: boolean): Decoder {
    try {
      return new TextDecoder(this.mediaType?.parameters.get('charset') ?? 'utf-8', { fatal })
    } catch {
      throw this.#ledger.malformed('has a part in a charset that is not known')
    }
  }
}

export interface PartFacts {
  readonly content: PartContent
  readonly ledger: Ledger
  readonly openNested: OpenNested
  readonly isRoot: (contentId: string | undefined) => boolean
}

/** `<a@b>` -> `a@b` */
export function bareId(text: string | undefined): string | undefined {
  const trimmed = text?.trim()
  return trimmed?.startsWith('<') === true && trimmed.endsWith('>') ? trimmed.slice(1, -1) : trimmed
}
