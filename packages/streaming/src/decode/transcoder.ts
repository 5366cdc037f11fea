import type { Codec } from './codec.ts'

/** What goes through a codec, and what is thought of it. Whatever is thrown fails the reading. */
export interface Coder {
  /** Makes the codec by the first bytes; `undefined` where more are needed to tell. */
  start(head: Uint8Array, isWhole: boolean): Codec | undefined
  /** The pieces of a chunk that are written one after the other. */
  pieces(chunk: Uint8Array): Iterable<Uint8Array>
  /** What came out. */
  made(chunk: Uint8Array): void
  /** Bytes that came after the codec had reached an end of its own. */
  after(bytes: Uint8Array): void
  /** The source has ended: is that where it may? */
  ended(): void
  /** What a failure of the codec means to the reader. */
  failed(failure: unknown): unknown
}

interface Turn {
  resolve(item: IteratorResult<Uint8Array, undefined>): void
  reject(failure: unknown): void
}

/** Made, and not asked for yet: beyond it the codec is paused. */
const highWaterBytes = 262_144

/**
 * Chunks of a source, changed by a codec of Node's. The source is read only while somebody waits for what is not there.
 * Leaving stops source and codec at once, while a chunk is awaited, too.
 */
export class Transcoder implements AsyncIterator<Uint8Array, undefined> {
  readonly #source: AsyncIterator<Uint8Array>
  readonly #coder: Coder
  #codec: Codec | undefined
  #codecEnded = false
  /** Bytes that were not enough to make the codec by. */
  #head: Uint8Array | undefined
  /** What the codec was given, in all and last. */
  #given = 0
  #lastGiven: Uint8Array | undefined
  readonly #made: Uint8Array[] = []
  #madeBytes = 0
  readonly #turns: Turn[] = []
  #pumping = false
  /** Goes on when the codec has used what it was given. */
  #proceed: (() => void) | undefined
  #sourceEnded = false
  #ended = false
  #failure: { readonly error: unknown } | undefined

  constructor(source: AsyncIterator<Uint8Array>, coder: Coder) {
    this.#source = source
    this.#coder = coder
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const chunk = this.#made.shift()
    if (chunk !== undefined) {
      this.#madeBytes -= chunk.byteLength
      if (this.#madeBytes < highWaterBytes && this.#codec?.isPaused() === true) this.#codec.resume()
      return Promise.resolve({ done: false, value: chunk })
    }
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error)
    if (this.#ended) return Promise.resolve(done)
    return new Promise((resolve, reject) => {
      this.#turns.push({ resolve, reject })
      if (!this.#pumping && !this.#sourceEnded) void this.#pump()
    })
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#end()
    this.#made.length = 0
    this.#madeBytes = 0
    await this.#leaveSource()
    return done
  }

  async #pump(): Promise<void> {
    this.#pumping = true
    try {
      while (this.#turns.length > 0) {
        const item = await this.#source.next()
        if (this.#ended) break
        if (item.done === true) {
          await this.#finish()
          break
        }
        // A codec would take text, too.
        if (!(item.value instanceof Uint8Array))
          throw new TypeError(`chunks must be Uint8Array, got ${typeof item.value}`)
        if (item.value.byteLength > 0) await this.#feed(item.value)
      }
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#pumping = false
    }
  }

  async #feed(chunk: Uint8Array): Promise<void> {
    if (this.#codec === undefined) {
      const head = this.#head === undefined ? chunk : Buffer.concat([this.#head, chunk])
      if (this.#start(head, false)) await this.#write(head)
      else this.#head = head
    } else await this.#write(chunk)
  }

  #start(head: Uint8Array, isWhole: boolean): boolean {
    const codec = this.#coder.start(head, isWhole)
    if (codec === undefined) return false
    this.#codec = codec
    this.#head = undefined
    codec.on('data', this.#onData)
    codec.on('end', this.#onEnd)
    codec.on('error', this.#onError)
    return true
  }

  async #write(chunk: Uint8Array): Promise<void> {
    for (const piece of this.#coder.pieces(chunk)) {
      if (this.#codecEnded) this.#coder.after(piece)
      else await this.#give(piece)
      if (this.#ended) return
    }
  }

  #give(piece: Uint8Array): Promise<void> {
    this.#given += piece.byteLength
    this.#lastGiven = piece
    return new Promise((resolve) => {
      this.#proceed = resolve
      this.#codec?.write(piece, () => resolve())
    })
  }

  async #finish(): Promise<void> {
    this.#sourceEnded = true
    if (this.#head !== undefined) {
      const head = this.#head
      if (this.#start(head, true)) await this.#write(head)
      if (this.#ended) return
    }
    this.#coder.ended()
    // Of nothing, nothing is made.
    if (this.#codec === undefined || this.#codecEnded) this.#end()
    else this.#codec.end()
  }

  readonly #onData = (chunk: Uint8Array): void => {
    if (this.#ended) return
    try {
      this.#coder.made(chunk)
    } catch (error) {
      this.#fail(error)
      return
    }
    const turn = this.#turns.shift()
    if (turn !== undefined) {
      turn.resolve({ done: false, value: chunk })
      return
    }
    this.#made.push(chunk)
    this.#madeBytes += chunk.byteLength
    if (this.#madeBytes >= highWaterBytes) this.#codec?.pause()
  }

  readonly #onEnd = (): void => {
    if (this.#ended) return
    this.#codecEnded = true
    const left = this.#given - (this.#codec?.bytesWritten ?? 0)
    try {
      if (left > 0) this.#coder.after(this.#lastGiven?.subarray(-left) ?? noBytes)
    } catch (error) {
      this.#fail(error)
      return
    }
    if (this.#sourceEnded) this.#end()
    // Else the rest of the source is read, for what may stand there.
    else this.#proceed?.()
  }

  readonly #onError = (failure: unknown): void => {
    if (!this.#ended) this.#fail(this.#coder.failed(failure))
  }

  #fail(error: unknown): void {
    if (this.#ended) return
    this.#failure = { error }
    const turns = this.#turns.splice(0)
    this.#end()
    for (const turn of turns) turn.reject(error)
    // What the source says to that is of less interest than why it is left.
    this.#leaveSource().catch(() => undefined)
  }

  /** What was made stays there to be asked for. */
  #end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#head = undefined
    this.#lastGiven = undefined
    this.#codec?.destroy()
    this.#proceed?.()
    for (const turn of this.#turns.splice(0)) turn.resolve(done)
  }

  async #leaveSource(): Promise<void> {
    if (this.#sourceEnded) return
    this.#sourceEnded = true
    await this.#source.return?.()
  }
}

const done = { done: true, value: undefined } as const
const noBytes = new Uint8Array()
