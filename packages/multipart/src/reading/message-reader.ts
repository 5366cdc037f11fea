import type { HeaderList } from '@halyard/core'
import { ByteWindow } from './byte-window.ts'
import { DrainedChunks, type Flowing } from './drained-chunks.ts'
import type { Ledger } from './ledger.ts'
import { partHeaders } from './part-headers.ts'

const carriageReturn = 0x0d
const lineFeed = 0x0a
const dash = 0x2d
const lineEnd: Buffer = Buffer.from('\r\n')
const emptyLine: Buffer = Buffer.from('\r\n\r\n')
/** Of bytes that are no Buffer, too. */
const { indexOf } = Buffer.prototype

/** Takes a piece of content; a promise where there is no room for more yet. What is transient must be copied. */
export type PieceTaker = (piece: Uint8Array, isTransient: boolean) => Promise<void> | undefined

interface Failure {
  readonly error: unknown
}

type Content = IteratorResult<Uint8Array, undefined>

const done = { done: true, value: undefined } as const

type State = 'preamble' | 'content' | 'delimiter' | 'ended'

/**
 * One multipart message (RFC 2046 §5.1), read from its source as far as somebody asks. The line end before a delimiter
 * belongs to the delimiter; the first one may stand at the very start, as if a line end were before it.
 */
export class MessageReader {
  readonly #source: AsyncIterator<Uint8Array>
  readonly #ledger: Ledger
  readonly #isOutermost: boolean
  readonly #delimiter: Buffer
  readonly #window = new ByteWindow()
  #state: State = 'preamble'
  /** Bytes at the start of the window that may begin a delimiter, but are no content. */
  #notContent = 2
  #partBytes = 0
  #failure: Failure | undefined
  #sourceEnded = false
  #closed = false
  #queue: Promise<void> | undefined

  constructor(source: AsyncIterator<Uint8Array>, boundary: string, ledger: Ledger, isOutermost: boolean) {
    this.#source = source
    this.#ledger = ledger
    this.#isOutermost = isOutermost
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1')
    this.#window.append(lineEnd)
  }

  /** Whether there is more of the current part. */
  get inContent(): boolean {
    return this.#state === 'content'
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Does one thing at a time: what is asked for meanwhile waits for its turn. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue === undefined ? work() : this.#queue.then(work)
    const settled = turn.then(nothing, nothing).then(() => {
      if (this.#queue === settled) this.#queue = undefined
    })
    this.#queue = settled
    return turn
  }

  /** The headers of the next part; what is left of the last one is skipped. `undefined` when the message has ended. */
  async nextHead(): Promise<HeaderList | undefined> {
    this.#check()
    if (this.#state === 'ended') return undefined
    try {
      if (this.#state === 'preamble') await this.#skipPreamble()
      else await this.pour(skip)
      if (await this.#isLast()) {
        await this.#skipEpilogue()
        this.#state = 'ended'
        return undefined
      }
      const headers = await this.#readHeaders()
      this.#ledger.countPart()
      this.#partBytes = 0
      this.#state = 'content'
      return headers
    } catch (error) {
      throw this.fail(error)
    }
  }

  /** The next bytes of the current part, at least one. One promise for a chunk that comes: a long part has many. */
  nextContent(): Promise<IteratorResult<Uint8Array, undefined>> {
    try {
      this.#check()
      const content = this.#takeContent()
      return content === undefined ? this.#ask().then(this.#arrived, this.#failed) : Promise.resolve(content)
    } catch (error) {
      return Promise.reject(this.fail(error))
    }
  }

  /**
   * Gives what is left of the current part to `take`, piece by piece, some of them for the moment only. Where `take`
   * fails, the message can be read on.
   */
  async pour(take: PieceTaker): Promise<void> {
    for (;;) {
      if (this.#window.length === 0 && this.inContent) await this.#letFlow(take)
      const item = await this.nextContent()
      if (item.done === true) return
      const room = take(item.value, false)
      if (room !== undefined) await room
    }
  }

  /** Passes on chunks that are all content, until one comes that is not. */
  async #letFlow(take: PieceTaker): Promise<void> {
    this.#check()
    // Not by a property, which some stream may have by chance.
    if (!(this.#source instanceof DrainedChunks)) return
    const found: { ours?: Failure; taker?: Failure } = {}
    let more: boolean
    try {
      more = await this.#source.flow((chunk) => {
        try {
          if (!this.#isAllContent({ done: false, value: chunk })) {
            this.#accept({ done: false, value: Buffer.from(chunk) })
            return 'enough'
          }
        } catch (error) {
          found.ours = { error }
          return 'enough'
        }
        const failed = (error: unknown): Flowing => {
          found.taker = { error }
          return 'enough'
        }
        try {
          return take(chunk, true)?.then(nothing, failed)
        } catch (error) {
          return failed(error)
        }
      })
    } catch (error) {
      throw this.fail(this.#lost(error))
    }
    if (found.ours !== undefined) throw this.fail(found.ours.error)
    if (found.taker !== undefined) throw found.taker.error
    if (more) return
    this.#sourceEnded = true
    throw this.#closed ? this.#left() : this.fail(this.#cutShort())
  }

  readonly #arrived = (item: IteratorResult<Uint8Array>): ReturnType<MessageReader['nextContent']> | Content => {
    try {
      if (this.#isAllContent(item)) return item
      if (!this.#accept(item)) throw this.#cutShort()
      return this.#takeContent() ?? this.#awaitContent()
    } catch (error) {
      throw this.fail(error)
    }
  }

  /** Whether a chunk is the next content as it came: most of a long part is, and goes on without a view of its own. */
  #isAllContent(item: IteratorResult<Uint8Array>): item is IteratorYieldResult<Uint8Array> {
    if (item.done === true || this.#closed || this.#notContent > 0 || this.#window.length > 0) return false
    const { value } = item
    if (!(value instanceof Uint8Array) || value.byteLength === 0) return false
    if (indexOf.call(value, this.#delimiter) !== -1 || this.#startOfDelimiter(value) > 0) return false
    if (this.#isOutermost) this.#ledger.countBytes(value.byteLength)
    this.#countContent(value.byteLength)
    return true
  }

  readonly #failed = (error: unknown): never => {
    throw this.fail(this.#lost(error))
  }

  /** Where a chunk brings no content, as a few bytes of a delimiter do not. */
  async #awaitContent(): Promise<Content> {
    try {
      for (;;) {
        await this.#fill()
        const content = this.#takeContent()
        if (content !== undefined) return content
      }
    } catch (error) {
      throw this.fail(error)
    }
  }

  /** Content that is here, or that there is no more; `undefined` where more has to come. */
  #takeContent(): Content | undefined {
    if (this.#state !== 'content') return done
    if (this.#window.length === 0) return undefined
    const value = this.#scan()
    if (value.byteLength > 0) {
      this.#countContent(value.byteLength)
      return { done: false, value }
    }
    return this.inContent ? undefined : done
  }

  /** Stops the source, even while somebody waits for it. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#state = 'ended'
    await this.#stop()
  }

  /** Looks for the delimiter in what is here; gives what cannot be a part of one. */
  #scan(): Buffer {
    const { view } = this.#window
    const at = view.indexOf(this.#delimiter)
    const end = at === -1 ? view.byteLength - this.#startOfDelimiter(view) : at
    if (at !== -1) this.#state = 'delimiter'
    this.#window.skip(at === -1 ? end : at + this.#delimiter.byteLength)
    // One that begins with these two bytes follows at once: the part is empty.
    const content = view.subarray(Math.min(this.#notContent, end), end)
    if (end > 0) this.#notContent = 0
    return content
  }

  /** How many bytes at the end may begin a delimiter: there is a CR at its start and nowhere else. */
  #startOfDelimiter(bytes: Uint8Array): number {
    const end = bytes.byteLength
    const least = Math.max(0, end - this.#delimiter.byteLength + 1)
    let at = end - 1
    while (at >= least && bytes[at] !== carriageReturn) at -= 1
    if (at < least) return 0
    for (let index = at + 1; index < end; index += 1) if (bytes[index] !== this.#delimiter[index - at]) return 0
    return end - at
  }

  #countContent(count: number): void {
    this.#partBytes += count
    if (this.#partBytes > this.#ledger.limits.maxPartBytes) {
      throw this.#ledger.exceeded('maxPartBytes', 'bytes in a part')
    }
  }

  async #skipPreamble(): Promise<void> {
    let skipped = 0
    for (;;) {
      skipped += this.#scan().byteLength
      this.#checkOuter(skipped)
      if (this.#state === 'delimiter') return
      await this.#fill()
    }
  }

  #checkOuter(count: number): void {
    if (count > this.#ledger.limits.maxOuterBytes) {
      throw this.#ledger.exceeded('maxOuterBytes', 'bytes before its first part or after its last')
    }
  }

  /** Whether the delimiter that was found is the last one. */
  async #isLast(): Promise<boolean> {
    while (this.#window.length < 2) await this.#fill()
    const { view } = this.#window
    return view[0] === dash && view[1] === dash
  }

  async #readHeaders(): Promise<HeaderList> {
    const { maxHeaderBytes } = this.#ledger.limits
    let seen = 0
    for (;;) {
      const { view } = this.#window
      const end = view.indexOf(emptyLine, seen)
      // Where it may end at the earliest, so that cuts between chunks change nothing.
      const least = end === -1 ? view.byteLength - 3 : end
      if (least > maxHeaderBytes) throw this.#ledger.exceeded('maxHeaderBytes', 'bytes in the head of a part')
      if (end !== -1) {
        const headers = partHeaders(view.subarray(0, end), this.#ledger)
        this.#window.skip(end + 2)
        // The empty line's own line end may be the delimiter's: a part without content.
        this.#notContent = 2
        return headers
      }
      seen = Math.max(0, view.byteLength - 3)
      await this.#fill()
    }
  }

  /** Blanks may follow the last delimiter, then its line ends, or the message. The source is read to its end. */
  async #skipEpilogue(): Promise<void> {
    this.#window.skip(2)
    let skipped = 0
    let isLine = true
    let wasReturn = false
    do {
      const { view } = this.#window
      for (let at = 0; isLine && at < view.byteLength; at += 1) {
        const byte = view[at]
        if (wasReturn ? byte !== lineFeed : byte !== 0x20 && byte !== 0x09 && byte !== carriageReturn) {
          throw this.#ledger.malformed('has text behind its last delimiter')
        }
        isLine = !wasReturn
        wasReturn = byte === carriageReturn
      }
      skipped += view.byteLength
      this.#checkOuter(skipped)
      this.#window.skip(view.byteLength)
    } while (await this.#pull())
  }

  /** @throws MultipartError where the source has ended, which a message does only behind its last delimiter. */
  async #fill(): Promise<void> {
    if (!(await this.#pull())) throw this.#cutShort()
  }

  #cutShort(): Error {
    return this.#ledger.malformed('is cut short: its last delimiter is missing')
  }

  /** Waits for the next chunk, which may be empty; `false` where there is none. */
  async #pull(): Promise<boolean> {
    let item: IteratorResult<Uint8Array>
    try {
      item = await this.#ask()
    } catch (error) {
      throw this.#lost(error)
    }
    return this.#accept(item)
  }

  #ask(): Promise<IteratorResult<Uint8Array>> {
    try {
      return this.#source.next()
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** What is thrown where the source failed. */
  #lost(error: unknown): unknown {
    this.#sourceEnded = true
    return this.#closed ? this.#left() : error
  }

  #accept(item: IteratorResult<Uint8Array>): boolean {
    if (item.done === true) this.#sourceEnded = true
    if (this.#closed) throw this.#left()
    if (item.done === true) return false
    const chunk = item.value
    if (!(chunk instanceof Uint8Array)) throw new TypeError('a multipart message is read from chunks of bytes')
    if (chunk.byteLength === 0) return true
    if (this.#isOutermost) this.#ledger.countBytes(chunk.byteLength)
    this.#window.append(chunk)
    return true
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error
    if (this.#closed) throw this.#left()
  }

  #left(): Error {
    return this.#ledger.malformed('is not read any more')
  }

  /** Whatever is asked for from here on fails in the same way, and the source is stopped. */
  fail(error: unknown): unknown {
    if (this.#failure === undefined && !this.#closed) {
      this.#failure = { error }
      this.#stop().catch(nothing)
    }
    return error
  }

  async #stop(): Promise<void> {
    if (this.#sourceEnded) return
    this.#sourceEnded = true
    await this.#source.return?.()
  }
}

function nothing(): undefined {}

function skip(): undefined {}
