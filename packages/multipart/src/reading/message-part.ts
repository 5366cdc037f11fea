import type { TextDecoder as Decoder } from 'node:util'
import { parseMediaType, type HeaderList, type MediaType } from '@halyard/core'
import { dispositionOf, type ContentDisposition } from '../headers/content-disposition.ts'
import { parseContentRange, type ContentRange } from '../headers/content-range.ts'
import { bareId } from '../headers/content-id.ts'
import { collect } from './collect.ts'
import type { Ledger } from './ledger.ts'
import type { PartContent } from './part-content.ts'
import type { Part, SavedPart } from './part.ts'
import { saveContent } from './save-part.ts'
import { decodeWindows1252 } from '@halyard/core/bytes'

/** How the parts of a part are made: the reader of messages knows parts, so parts do not know it. */
export type OpenNested = (
  chunks: () => AsyncIterable<Uint8Array>,
  contentType: string | undefined,
) => AsyncIterable<Part>

/** A part as a reader makes it. */
export class MessagePart implements Part {
  readonly headers: HeaderList
  readonly disposition: ContentDisposition | undefined
  readonly mediaType: MediaType | undefined
  readonly contentId: string | undefined
  readonly contentRange: ContentRange | undefined
  readonly isRoot: boolean
  readonly #content: PartContent
  readonly #ledger: Ledger
  readonly #openNested: OpenNested

  constructor(headers: HeaderList, facts: PartFacts) {
    this.headers = headers
    this.disposition = dispositionOf(headers.get('content-disposition'), facts.inForm)
    this.mediaType = parseMediaType(headers.get('content-type'))
    this.contentId = bareId(headers.get('content-id'))
    this.contentRange = parseContentRange(headers.get('content-range'))
    this.isRoot = facts.isRoot(this.contentId)
    this.#content = facts.content
    this.#ledger = facts.ledger
    this.#openNested = facts.openNested
  }

  get name(): string | undefined {
    return this.disposition?.name
  }

  get filename(): string | undefined {
    return this.disposition?.filename
  }

  bytes(): Promise<Uint8Array> {
    const { maxHeldBytes } = this.#ledger.limits
    const exceeded = (): Error => this.#ledger.exceeded('maxPartBytes', 'bytes in a part', maxHeldBytes)
    return this.#content.read((chunks) => collect(chunks, maxHeldBytes, exceeded))
  }

  async text(): Promise<string> {
    const bytes = await this.bytes()
    const decoder = this.#decoder(false)
    return decoder.encoding === 'windows-1252' ? decodeWindows1252(bytes) : decoder.decode(bytes)
  }

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

  stream(): AsyncIterable<Uint8Array> {
    return this.#content.stream()
  }

  saveTo(path: string | URL): Promise<SavedPart> {
    return this.#content.read((reading) => saveContent(reading, path))
  }

  discard(): Promise<void> {
    return this.#content.discard()
  }

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
  readonly inForm: boolean
  readonly isRoot: (contentId: string | undefined) => boolean
}
