import type { ChunkTaker } from '@halyard/core'

/** A body that gives its chunks for the moment only. */
export interface DrainableBody {
  drainTo(take: ChunkTaker): Promise<void>
  discard(): Promise<void>
}

/** What comes of a chunk that flows: that more may come, or that it is enough. */
export type Flowing = 'enough' | undefined

/** Takes a chunk that is there for the moment only, and must be copied if it is kept. Never throws. */
export type FlowTaker = (chunk: Uint8Array) => Promise<Flowing> | Flowing

type Item = IteratorResult<Uint8Array, undefined>

/** With more unread than this, the body has to wait until all but a quarter of it is taken. */
const highWaterBytes = 262_144
const lowWaterBytes = 65_536

/** The chunks of such a body: copied for whoever asks for the next one, or as they come for whom they flow to. */
export class DrainedChunks implements AsyncIterator<Uint8Array, undefined> {
  readonly #body: DrainableBody
  readonly #queue: Uint8Array[] = []
  #queued = 0
  #started = false
  #ended = false
  #left = false
  #failure: { readonly error: unknown } | undefined
  #turn: PromiseWithResolvers<Item> | undefined
  #flow: (PromiseWithResolvers<boolean> & { readonly take: FlowTaker }) | undefined
  /** What the body waits for. */
  #room: PromiseWithResolvers<void> | undefined

  constructor(body: DrainableBody) {
    this.#body = body
  }

  next(): Promise<Item> {
    const chunk = this.#shift()
    if (chunk !== undefined) {
      if (this.#queued <= lowWaterBytes) this.#goOn()
      return Promise.resolve({ done: false, value: chunk })
    }
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error)
    if (this.#ended) return Promise.resolve(done)
    this.#turn ??= Promise.withResolvers()
    const { promise } = this.#turn
    this.#goOn()
    return promise
  }

  /**
   * Gives chunks to `take` until it has enough, which is `true`, or there are no more, which is `false`. Faster than
   * `next`, for no memory is made. Only while nobody waits for `next`.
   */
  async flow(take: FlowTaker): Promise<boolean> {
    for (let chunk = this.#shift(); chunk !== undefined; chunk = this.#shift()) {
      if ((await take(chunk)) === 'enough') return true
    }
    if (this.#failure !== undefined) throw this.#failure.error
    if (this.#ended) return false
    this.#flow = { ...Promise.withResolvers(), take }
    const { promise } = this.#flow
    this.#goOn()
    return await promise
  }

  /** Leaves the body at once, even one that gives nothing more. */
  return(): Promise<Item> {
    if (!this.#ended) this.#leave()
    return Promise.resolve(done)
  }

  #leave(): void {
    this.#left = true
    this.#end()
    const room = this.#room
    this.#room = undefined
    // Whoever waits hears of a failure; whoever does not is told that nobody wants the rest.
    if (room !== undefined) room.reject(new Error('the message is not read any more'))
    else void this.#body.discard().catch(() => undefined)
  }

  #shift(): Uint8Array | undefined {
    const chunk = this.#queue.shift()
    if (chunk !== undefined) this.#queued -= chunk.byteLength
    return chunk
  }

  #goOn(): void {
    this.#room?.resolve()
    this.#room = undefined
    if (this.#started) return
    this.#started = true
    try {
      this.#body.drainTo(this.#take).then(
        () => this.#end(),
        (error: unknown) => this.#fail(error),
      )
    } catch (taken) {
      // Somebody else reads it, who must not be disturbed.
      this.#fail(taken)
    }
  }

  readonly #take = (chunk: Uint8Array): Promise<void> | undefined => {
    if (this.#left) throw new Error('the message is not read any more')
    const flow = this.#flow
    if (flow !== undefined) {
      const outcome = flow.take(chunk)
      if (outcome === undefined) return undefined
      if (outcome === 'enough') {
        this.#stopFlow()
        return undefined
      }
      this.#room = Promise.withResolvers()
      const { promise } = this.#room
      void outcome.then((settled) => {
        if (settled === 'enough') this.#stopFlow()
        this.#goOn()
      })
      return promise
    }
    const copy = Buffer.from(chunk)
    const turn = this.#turn
    if (turn !== undefined) {
      this.#turn = undefined
      turn.resolve({ done: false, value: copy })
      return undefined
    }
    this.#queue.push(copy)
    this.#queued += copy.byteLength
    if (this.#queued <= highWaterBytes) return undefined
    this.#room = Promise.withResolvers()
    return this.#room.promise
  }

  #stopFlow(): void {
    this.#flow?.resolve(true)
    this.#flow = undefined
  }

  #end(): void {
    this.#ended = true
    this.#turn?.resolve(done)
    this.#flow?.resolve(false)
    this.#turn = undefined
    this.#flow = undefined
  }

  #fail(error: unknown): void {
    if (this.#left) return
    this.#ended = true
    this.#failure = { error }
    this.#turn?.reject(error)
    this.#flow?.reject(error)
    this.#turn = undefined
    this.#flow = undefined
  }
}

const done = { done: true, value: undefined } as const
