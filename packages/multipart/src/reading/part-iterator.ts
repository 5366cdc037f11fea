import type { HeaderList } from '@halyard/core'
import { bareId } from '../headers/content-id.ts'
import { multipartType, type MultipartType } from './boundary-of.ts'
import type { Ledger } from './ledger.ts'
import { MessagePart } from './message-part.ts'
import { MessageReader } from './message-reader.ts'
import { HeldContent, StreamedContent, type PartContent } from './part-content.ts'
import type { Part } from './part.ts'

/** Where a message comes from. */
export interface MessageSource {
  readonly contentType: string | undefined
  /** Opens the bytes; called once, and not at all where the type is wrong. */
  readonly chunks: () => AsyncIterable<Uint8Array>
  /** Lets go of bytes that are not opened. */
  readonly drop?: () => Promise<void>
}

/** The parts of one message, in order: each taken when it is asked for. Can be gone through once. */
export class PartIterator implements AsyncIterableIterator<Part, undefined> {
  readonly #source: MessageSource
  readonly #ledger: Ledger
  readonly #depth: number
  /** Whether the message is a form, or in one. */
  #inForm: boolean
  #message: MessageReader | undefined
  #type: MultipartType | undefined
  #refusal: { readonly error: unknown } | undefined
  #last: StreamedContent | undefined
  #count = 0
  #left = false

  constructor(source: MessageSource, ledger: Ledger, depth = 1, inForm = false) {
    this.#source = source
    this.#ledger = ledger
    this.#depth = depth
    this.#inForm = inForm
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<Part, undefined>> {
    if (this.#left) return done
    try {
      const message = await this.#open()
      const part = await message.exclusive(() => this.#take(message))
      return part === undefined ? done : { done: false, value: part }
    } catch (error) {
      // Whoever left does not want to know.
      if (this.#left) return done
      throw error
    }
  }

  async return(): Promise<IteratorResult<Part, undefined>> {
    if (this.#left) return done
    this.#left = true
    this.#last?.pass()
    if (this.#message !== undefined) await this.#message.close()
    else if (this.#refusal === undefined) await this.#source.drop?.()
    return done
  }

  /** A part whose content is in memory. */
  hold(part: Part, bytes: Uint8Array): Part {
    const ledger = this.#ledger
    return this.#part(
      part.headers,
      new HeldContent(bytes),
      () => ledger.again(),
      () => part.isRoot,
    )
  }

  async #open(): Promise<MessageReader> {
    if (this.#refusal !== undefined) throw this.#refusal.error
    if (this.#message !== undefined) return this.#message
    try {
      if (this.#depth > this.#ledger.limits.maxDepth) throw this.#ledger.exceeded('maxDepth', 'messages in each other')
      this.#type = multipartType(this.#source.contentType, this.#ledger)
      if (this.#type.mediaType.subtype === 'form-data') this.#inForm = true
      const chunks = this.#source.chunks()[Symbol.asyncIterator]()
      this.#message = new MessageReader(chunks, this.#type.boundary, this.#ledger, this.#depth === 1)
      return this.#message
    } catch (error) {
      this.#refusal = { error }
      await this.#source.drop?.()
      throw error
    }
  }

  async #take(message: MessageReader): Promise<Part | undefined> {
    // Left while this waited for its turn.
    if (this.#left) return undefined
    this.#last?.pass()
    const headers = await message.nextHead()
    if (headers === undefined) return undefined
    const content = new StreamedContent(message, this.#ledger)
    this.#last = content
    const isFirst = this.#count === 0
    this.#count += 1
    const part = this.#part(
      headers,
      content,
      () => this.#ledger,
      (contentId) => this.#isRoot(contentId, isFirst),
    )
    const { maxNameBytes } = this.#ledger.limits
    if (sizeOf(part.name) > maxNameBytes || sizeOf(part.filename) > maxNameBytes) {
      throw message.fail(this.#ledger.exceeded('maxNameBytes', 'bytes in the name of a part'))
    }
    return part
  }

  #part(
    headers: HeaderList,
    content: PartContent,
    nestedLedger: () => Ledger,
    isRoot: (contentId: string | undefined) => boolean,
  ): Part {
    const depth = this.#depth + 1
    const inForm = this.#inForm
    return new MessagePart(headers, {
      content,
      inForm,
      ledger: this.#ledger,
      isRoot,
      openNested: (chunks, contentType) => new PartIterator({ chunks, contentType }, nestedLedger(), depth, inForm),
    })
  }

  #isRoot(contentId: string | undefined, isFirst: boolean): boolean {
    const { mediaType } = this.#type ?? {}
    if (mediaType?.subtype !== 'related') return false
    const start = bareId(mediaType.parameters.get('start'))
    return start === undefined ? isFirst : start === contentId
  }
}

function sizeOf(name: string | undefined): number {
  return name === undefined ? 0 : Buffer.byteLength(name)
}

const done = { done: true, value: undefined } as const
