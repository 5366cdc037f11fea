/** What is sent. `open` is called once per attempt; more than once only where `replayable` says so. */
export interface RequestBody {
  /** The media type to send unless the caller set a `content-type`. */
  readonly contentType: string | undefined
  /** Bytes, or `undefined` where it is not known beforehand (chunked, or HTTP/2 without a length). */
  readonly length: number | undefined
  /** Whether `open` may be called again for a retry, redirect, auth challenge or failover. */
  readonly replayable: boolean
  open(options?: OpenOptions): Uint8Array | AsyncIterable<Uint8Array>
}

/** What whoever opens a body says of how it will be read. */
export interface OpenOptions {
  /**
   * Each chunk has been done with when the next is asked for, so that its memory may be used again: transports say so,
   * and what keeps chunks must not. It holds for chunks of 512 KiB and more; smaller ones may still wait to be written.
   * @defaultValue false
   */
  readonly reuse?: boolean | undefined
}

export interface BodyFactsInit {
  readonly contentType?: string | undefined
  readonly length?: number | undefined
}

/** A body of bytes held in memory: replayable, its length known. */
export function bytesBody(bytes: Uint8Array, contentType?: string): RequestBody {
  return { contentType, length: bytes.byteLength, replayable: true, open: () => bytes }
}

const encoder = new TextEncoder()

/** A body of UTF-8 text: replayable, its length known. */
export function textBody(text: string, contentType = 'text/plain; charset=utf-8'): RequestBody {
  return bytesBody(encoder.encode(text), contentType)
}

/** Opens the chunks of a body. */
export type RequestBodyFactory = (options?: OpenOptions) => AsyncIterable<Uint8Array>

/** A body from a factory: opened anew for each attempt, so replayable. */
export function factoryBody(open: RequestBodyFactory, facts: BodyFactsInit = {}): RequestBody {
  return { ...ownFacts(facts), replayable: true, open }
}

/** A body from a stream that can be read once. A second `open` throws: it must never send an empty body. */
export function streamBody(stream: AsyncIterable<Uint8Array>, facts: BodyFactsInit = {}): RequestBody {
  let opened = false
  return {
    ...ownFacts(facts),
    replayable: false,
    open: () => {
      if (opened) throw new TypeError('this body is a stream and was sent already; give a function that makes it')
      opened = true
      return stream
    },
  }
}

/** A polluted `Object.prototype` gives no body a type or a length. */
function ownFacts(facts: BodyFactsInit): Pick<RequestBody, 'contentType' | 'length'> {
  return {
    contentType: Object.hasOwn(facts, 'contentType') ? facts.contentType : undefined,
    length: Object.hasOwn(facts, 'length') ? facts.length : undefined,
  }
}
