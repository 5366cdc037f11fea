import { BodyError, bodyTaken, type ChunkTaker, type SettledListener } from '@halyard/core'

/** What a body may ask of the exchange it belongs to. */
export interface BodySource {
  readonly target: string
  pause(): void
  resume(): void
  /** Closes the exchange: nobody wants the rest. `failure` is what readers are told. */
  abandon(failure: unknown): void
}

/** Unread bytes beyond this pause the socket, until a reader has taken all but a quarter of them. */
const highWaterBytes = 262_144
const lowWaterBytes = 65_536
/** What `discard` reads to keep the connection; a longer body costs more than a new connection. */
const drainBytes = 65_536

type Mode = 'unclaimed' | 'bytes' | 'stream' | 'drain' | 'discard'

interface Waiter<T> {
  resolve(value: T): void
  reject(error: unknown): void
}

type Item = IteratorResult<Uint8Array, undefined>

/**
 * Collects a response body as it arrives, and decides late: `bytes` joins what came without ever making a stream,
 * `next` hands it out chunk by chunk with backpressure.
 */
export class IncomingBody {
  readonly #source: BodySource
  readonly #maxBytes: number
  #mode: Mode = 'unclaimed'
  #chunks: Uint8Array[] = []
  #buffered = 0
  #paused = false
  #ended = false
  #failed = false
  #failure: unknown
  #whole: Waiter<Uint8Array> | undefined
  #turn: PromiseWithResolvers<Item> | undefined
  #drained: (() => void) | undefined
  #take: ChunkTaker | undefined
  #draining: Waiter<void> | undefined
  #listeners: SettledListener | SettledListener[] | undefined
  receivedBytes = 0
  expectedBytes: number | undefined

  constructor(source: BodySource, maxBytes: number) {
    this.#source = source
    this.#maxBytes = maxBytes
  }

  get paused(): boolean {
    return this.#paused
  }

  get settled(): boolean {
    return this.#ended || this.#failed
  }

  get claimed(): boolean {
    return this.#mode !== 'unclaimed'
  }

  push(chunk: Uint8Array): void {
    this.receivedBytes += chunk.byteLength
    switch (this.#mode) {
      case 'discard':
        if (this.receivedBytes > drainBytes) this.#source.abandon(undefined)
        return
      case 'bytes':
        if (this.receivedBytes > this.#maxBytes) {
          this.#source.abandon(this.#tooLarge(`more than ${this.#maxBytes}`))
          return
        }
        this.#chunks.push(chunk)
        return
      case 'drain':
        if (!this.#paused) {
          this.#give(chunk)
          return
        }
        // Said to wait, and it came all the same.
        this.#chunks.push(Uint8Array.from(chunk))
        this.#buffered += chunk.byteLength
        return
      case 'stream': {
        const turn = this.#turn
        if (turn !== undefined) {
          this.#turn = undefined
          turn.resolve({ done: false, value: chunk })
          return
        }
      }
    }
    this.#chunks.push(chunk)
    this.#buffered += chunk.byteLength
    if (this.#buffered > highWaterBytes && !this.#paused) {
      this.#paused = true
      this.#source.pause()
    }
  }

  end(): void {
    if (this.settled) return
    this.#ended = true
    if (this.#whole !== undefined) this.#whole.resolve(this.#join())
    this.#turn?.resolve({ done: true, value: undefined })
    // Whoever has no room yet is waited for.
    if (!this.#paused) this.#draining?.resolve()
    this.#settle(undefined)
  }

  fail(error: unknown): void {
    if (this.settled) return
    this.#failed = true
    this.#failure = error
    this.#chunks = []
    this.#whole?.reject(error)
    this.#turn?.reject(error)
    this.#draining?.reject(error)
    this.#settle(error)
  }

  /** The whole body, where it is here and unclaimed. */
  takeBuffered(): Uint8Array | undefined {
    if (!this.#ended || this.#mode !== 'unclaimed' || this.receivedBytes > this.#maxBytes) return undefined
    this.#mode = 'bytes'
    return this.#join()
  }

  bytes(): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#claim('bytes')
      const announced = this.expectedBytes ?? 0
      const size = Math.max(announced, this.receivedBytes)
      if (size > this.#maxBytes && !this.#failed) {
        const error = this.#tooLarge(String(size))
        this.#source.abandon(error)
        reject(error)
      } else if (this.#failed) reject(this.#failure)
      else if (this.#ended) resolve(this.#join())
      else {
        this.#whole = { resolve, reject }
        this.#resume()
      }
    })
  }

  startStream(): void {
    this.#claim('stream')
  }

  next(): Promise<Item> {
    const chunk = this.#chunks.shift()
    if (chunk !== undefined) {
      this.#buffered -= chunk.byteLength
      if (this.#paused && this.#buffered <= lowWaterBytes) this.#resume()
      return Promise.resolve({ done: false, value: chunk })
    }
    if (this.#failed) return Promise.reject(this.#failure)
    if (this.#ended || this.#mode === 'discard') return Promise.resolve({ done: true, value: undefined })
    // Whoever asks again before the answer has come is served after it.
    if (this.#turn !== undefined) {
      const again = (): Promise<Item> => this.next()
      return this.#turn.promise.then(again, again)
    }
    this.#turn = Promise.withResolvers()
    const { promise } = this.#turn
    this.#resume()
    return promise
  }

  /**
   * Whether whatever comes now is done with when `push` returns. RFC 9112 §6.2: with a length, the bytes that are here
   * are all of the body, and no framing between them could be left for later.
   */
  get takesTransient(): boolean {
    return this.#mode === 'drain' && !this.#paused && !this.settled && this.expectedBytes !== undefined
  }

  /** Gives the body to `take`, chunk by chunk as they come. Each is there for the moment only. */
  drainTo(take: ChunkTaker): Promise<void> {
    this.#claim('drain')
    this.#take = take
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#draining = { resolve, reject }
    if (this.#failed) reject(this.#failure)
    else this.#goOn()
    return promise
  }

  /** What came already, then what comes. */
  #goOn(): void {
    for (;;) {
      const chunk = this.#chunks.shift()
      if (chunk === undefined) break
      this.#buffered -= chunk.byteLength
      if (this.#give(chunk)) return
    }
    if (this.#ended) this.#draining?.resolve()
    this.#resume()
  }

  /** Whether the rest has to wait. */
  #give(chunk: Uint8Array): boolean {
    let room: Promise<void> | undefined
    try {
      room = this.#take?.(chunk)
    } catch (failure) {
      this.#draining?.reject(failure)
      this.leave()
      return true
    }
    if (room === undefined) return false
    if (!this.#paused) {
      this.#paused = true
      this.#source.pause()
    }
    room.then(
      () => this.#goOn(),
      (failure: unknown) => {
        this.#draining?.reject(failure)
        this.leave()
      },
    )
    return true
  }

  /** The reader has left. */
  leave(): void {
    this.#mode = 'discard'
    this.#chunks = []
    if (!this.settled) this.#source.abandon(undefined)
  }

  discard(): Promise<void> {
    if (this.settled) {
      if (this.#mode === 'unclaimed') this.#mode = 'discard'
      this.#chunks = []
      return Promise.resolve()
    }
    this.#mode = 'discard'
    this.#chunks = []
    if (this.receivedBytes > drainBytes || (this.expectedBytes ?? 0) > drainBytes) {
      this.#source.abandon(undefined)
      return Promise.resolve()
    }
    return new Promise((resolve) => {
      this.#drained = resolve
      this.#resume()
    })
  }

  onSettled(listener: SettledListener): void {
    if (this.#ended) listener()
    else if (this.#failed) listener(this.#failure)
    else if (this.#listeners === undefined) this.#listeners = listener
    else if (Array.isArray(this.#listeners)) this.#listeners.push(listener)
    else this.#listeners = [this.#listeners, listener]
  }

  #settle(error: unknown): void {
    this.#drained?.()
    const listeners = this.#listeners
    this.#listeners = undefined
    if (listeners === undefined) return
    if (Array.isArray(listeners)) for (const listener of listeners) listener(error)
    else listeners(error)
  }

  #claim(mode: Mode): void {
    if (this.#mode !== 'unclaimed') throw bodyTaken(this.#source.target)
    this.#mode = mode
  }

  #resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#source.resume()
  }

  #tooLarge(size: string): BodyError {
    const { target } = this.#source
    return new BodyError(`${target}: the response body is ${size} bytes, and limits.bodyBytes is ${this.#maxBytes}`, {
      code: 'too-large',
      sent: 'yes',
      target,
      receivedBytes: this.receivedBytes,
    })
  }

  #join(): Uint8Array {
    const chunks = this.#chunks
    this.#chunks = []
    const only = chunks[0]
    if (only !== undefined && chunks.length === 1) return only
    return Buffer.concat(chunks)
  }
}
