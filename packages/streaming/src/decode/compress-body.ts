import { bytesBody, type RequestBody } from '@halyard/core'
import { encodeNow, encoder, type Codec, type RequestCoding } from './codec.ts'
import { oneChunk } from './encoded-source.ts'
import { Transcoder, type Coder } from './transcoder.ts'

/** A body in memory of up to this size is compressed at once, so that its length is known. */
const wholeBytes = 131_072

/**
 * A request body, compressed. Of a short one in memory the length is known; others are compressed as they are sent, and
 * chunks may be held back until there is something to send of them. Replayable is what was so; leaving the body stops its
 * source.
 */
export function compressBody(body: RequestBody, coding: RequestCoding): RequestBody {
  if (!body.replayable || body.length === undefined || body.length > wholeBytes) {
    return new CompressedBody(body, coding, undefined)
  }
  const opened = body.open()
  return opened instanceof Uint8Array
    ? bytesBody(encodeNow(coding, opened), body.contentType)
    : new CompressedBody(body, coding, opened)
}

/** A body that is compressed as it is read. */
export class CompressedBody implements RequestBody {
  readonly contentType: string | undefined
  readonly length = undefined
  readonly replayable: boolean
  readonly #inner: RequestBody
  readonly #coding: RequestCoding
  /** Opened to see whether it is in memory; it is what the first `open` gives. */
  #opened: AsyncIterable<Uint8Array> | undefined

  constructor(inner: RequestBody, coding: RequestCoding, opened: AsyncIterable<Uint8Array> | undefined) {
    this.contentType = inner.contentType
    this.replayable = inner.replayable
    this.#inner = inner
    this.#coding = coding
    this.#opened = opened
  }

  open(): AsyncIterable<Uint8Array> {
    const opened = this.#opened ?? this.#inner.open()
    this.#opened = undefined
    return {
      [Symbol.asyncIterator]: () => {
        const chunks = opened instanceof Uint8Array ? oneChunk(opened) : opened[Symbol.asyncIterator]()
        return new Transcoder(chunks, new Encoding(this.#coding))
      },
    }
  }

  /** Lets go of a body that was looked at and never sent. */
  async letGo(): Promise<void> {
    const opened = this.#opened
    this.#opened = undefined
    await opened?.[Symbol.asyncIterator]().return?.()
  }
}

/** Puts one content coding on. */
class Encoding implements Coder {
  readonly #coding: RequestCoding

  constructor(coding: RequestCoding) {
    this.#coding = coding
  }

  start(): Codec {
    return encoder(this.#coding)
  }

  pieces(chunk: Uint8Array): Iterable<Uint8Array> {
    return [chunk]
  }

  made(): void {}

  after(): void {}

  ended(): void {}

  failed(failure: unknown): unknown {
    return failure
  }
}
