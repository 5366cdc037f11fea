import { BodyError } from '@halyard/core'
import { asBuffer, HeldBytes } from '../body/held-bytes.ts'
import { LineEnds } from './line-ends.ts'
import type { ServerSentEvent } from './server-sent-event.ts'

const lineFeed = 0x0a
const carriageReturn = 0x0d
const space = 0x20
const colon = 0x3a
const zero = 0x30
const nine = 0x39
const lineFeedBytes = Uint8Array.of(lineFeed)

const fields = {
  data: Buffer.from('data'),
  event: Buffer.from('event'),
  id: Buffer.from('id'),
  retry: Buffer.from('retry'),
}

export interface EventParserInit {
  /** For messages: method and URL without its query. */
  readonly target: string
  readonly maxEventBytes: number
  readonly comments: boolean
  /** What an earlier connection gave; else empty. */
  readonly lastEventId: string
}

/**
 * Events out of the bytes of one stream, by the WHATWG text (HTML §9.2.6). Bytes are pushed, events taken until there is
 * none: no more is parsed than somebody takes. What an event may hold is counted by lines, so that it does not matter how
 * the stream is cut into chunks.
 */
export class EventParser {
  readonly #target: string
  readonly #maxEventBytes: number
  readonly #comments: boolean
  #chunk: Buffer = Buffer.alloc(0)
  #lineEnds = new LineEnds(this.#chunk)
  #at = 0
  /** The beginning of a line whose end has not come. */
  readonly #held = new HeldBytes()
  #isFirstLine = true
  /** A CR ended the last line; an LF after it belongs to it. */
  #skipsLineFeed = false
  /** Bytes of the lines since the last blank one, comments left aside. */
  #eventBytes = 0
  /** The first line of data, and what follows it, each line behind its LF. */
  #data: string | undefined
  readonly #moreData = new HeldBytes()
  #event = ''
  #id: string
  #lastEventId: string
  #retry: number | undefined
  #retryMs: number | undefined

  constructor({ target, maxEventBytes, comments, lastEventId }: EventParserInit) {
    this.#target = target
    this.#maxEventBytes = maxEventBytes
    this.#comments = comments
    this.#id = lastEventId
    this.#lastEventId = lastEventId
  }

  /** The last id that a blank line made valid. */
  get lastEventId(): string {
    return this.#lastEventId
  }

  /** The reconnection time that the stream gave last, in milliseconds. */
  get retryMs(): number | undefined {
    return this.#retryMs
  }

  /** The next bytes. Nothing may be left to take. */
  push(chunk: Uint8Array): void {
    this.#chunk = asBuffer(chunk)
    this.#lineEnds = new LineEnds(this.#chunk)
    this.#at = 0
  }

  /**
   * The next event; `undefined` where it takes more bytes.
   * @throws BodyError `too-large`
   */
  take(): ServerSentEvent | undefined {
    const chunk = this.#chunk
    const { length } = chunk
    while (this.#at < length) {
      if (this.#skipsLineFeed) {
        this.#skipsLineFeed = false
        if (chunk[this.#at] === lineFeed) {
          this.#at += 1
          continue
        }
      }
      const start = this.#at
      const end = this.#lineEnds.next(start)
      if (end === length) {
        this.#hold(chunk.subarray(start))
        break
      }
      this.#at = end + 1
      this.#skipsLineFeed = chunk[end] === carriageReturn
      const item = this.#held.length === 0 ? this.#line(chunk, start, end) : this.#heldLine(chunk.subarray(start, end))
      if (item !== undefined) return item
    }
    this.#at = length
    return undefined
  }

  #hold(piece: Buffer): void {
    // The byte order mark counts for nothing.
    const length = this.#held.length + piece.byteLength - (this.#isFirstLine ? 3 : 0)
    // Once it is held, the first byte of a line is not looked at again: a comment is no larger than an event.
    if (length > this.#maxEventBytes) throw this.#tooLarge()
    this.#held.append(piece)
  }

  #heldLine(rest: Buffer): ServerSentEvent | undefined {
    this.#held.append(rest)
    const line = this.#held.take()
    return this.#line(line, 0, line.byteLength)
  }

  #line(bytes: Buffer, from: number, end: number): ServerSentEvent | undefined {
    let start = from
    if (this.#isFirstLine) {
      this.#isFirstLine = false
      if (end - start > 2 && bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf) start += 3
    }
    if (start === end) return this.#dispatch()
    if (bytes[start] === colon) return this.#comment(bytes, start, end)
    const length = end - start
    if (this.#eventBytes + length > this.#maxEventBytes) throw this.#tooLarge()
    this.#eventBytes += length + 1
    this.#field(bytes, start, end)
    return undefined
  }

  #comment(bytes: Buffer, start: number, end: number): ServerSentEvent | undefined {
    if (end - start > this.#maxEventBytes) throw this.#tooLarge()
    if (!this.#comments) return undefined
    const comment = text(bytes, start + 1, end)
    return { event: '', id: this.#lastEventId, data: '', retry: undefined, comment }
  }

  #field(bytes: Buffer, start: number, end: number): void {
    if (isField(bytes, start, end, fields.data)) {
      this.#addData(bytes, start + 5, end)
    } else if (isField(bytes, start, end, fields.event)) {
      this.#event = text(bytes, start + 6, end)
    } else if (isField(bytes, start, end, fields.id)) {
      const id = text(bytes, start + 3, end)
      if (!id.includes('\0')) this.#id = id
    } else if (isField(bytes, start, end, fields.retry)) {
      const retry = digits(bytes, start + 6, end)
      if (retry !== undefined) {
        this.#retry = retry
        this.#retryMs = retry
      }
    }
  }

  #addData(bytes: Buffer, from: number, end: number): void {
    if (this.#data === undefined) {
      this.#data = text(bytes, from, end)
      return
    }
    this.#moreData.append(lineFeedBytes)
    const start = valueStart(bytes, from, end)
    if (start < end) this.#moreData.append(bytes.subarray(start, end))
  }

  #takeData(): string | undefined {
    const data = this.#data
    this.#data = undefined
    return this.#moreData.length === 0 ? data : `${data}${this.#moreData.take().toString('utf8')}`
  }

  #dispatch(): ServerSentEvent | undefined {
    this.#lastEventId = this.#id
    this.#eventBytes = 0
    const data = this.#takeData()
    const event = this.#event
    this.#event = ''
    if (data === undefined) return undefined
    const retry = this.#retry
    this.#retry = undefined
    return { event: event === '' ? 'message' : event, id: this.#lastEventId, data, retry }
  }

  #tooLarge(): BodyError {
    const target = this.#target
    return new BodyError(
      `${target}${target === '' ? '' : ': '}an event is larger than maxEventBytes, ${this.#maxEventBytes} bytes`,
      { code: 'too-large', sent: 'yes', target },
    )
  }
}

/** Whether a line is the field of this name: all of it, or up to a colon. */
function isField(bytes: Buffer, start: number, end: number, name: Buffer): boolean {
  const after = start + name.byteLength
  if (after > end || (after < end && bytes[after] !== colon)) return false
  for (let at = 0; at < name.byteLength; at += 1) if (bytes[start + at] !== name[at]) return false
  return true
}

/** One space behind the colon belongs to it. */
function valueStart(bytes: Buffer, from: number, end: number): number {
  return from < end && bytes[from] === space ? from + 1 : from
}

/** A value in UTF-8. What is none becomes U+FFFD, as the standard has it. */
function text(bytes: Buffer, from: number, end: number): string {
  const start = valueStart(bytes, from, end)
  return start < end ? bytes.toString('utf8', start, end) : ''
}

/** A number of ASCII digits alone; one of too many digits is as large as an integer gets. */
function digits(bytes: Buffer, from: number, end: number): number | undefined {
  const start = valueStart(bytes, from, end)
  if (start >= end) return undefined
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0
    if (byte < zero || byte > nine) return undefined
  }
  return Math.min(Number(bytes.toString('latin1', start, end)), Number.MAX_SAFE_INTEGER)
}
