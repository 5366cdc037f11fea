import { BodyError, bytesBody, isHttpError, type BodyFacts, type RequestBody } from '@halyard/core'
import type { WaitGuard } from '../progress/wait-guard.ts'

/**
 * A body read into memory, so that its length is known. Its source is stopped where that fails.
 * @throws BodyError `too-large` beyond `maxBytes`; `encode` where the source fails; `not-replayable` for one that was
 * sent already. And what the guard fails with.
 */
export async function wholeBody(
  body: RequestBody,
  guard: WaitGuard,
  maxBytes: number,
  target: string,
): Promise<RequestBody> {
  const reading = new Reading(body, maxBytes, target)
  const { promise: cut, reject } = Promise.withResolvers<never>()
  const release = guard.watch((failure) => {
    reject(failure)
    reading.stop()
  })
  try {
    return bytesBody(await Promise.race([cut, reading.run()]), body.contentType)
  } finally {
    release()
  }
}

class Reading {
  readonly #body: RequestBody
  readonly #maxBytes: number
  readonly #target: string
  readonly #chunks: Uint8Array[] = []
  #size = 0
  #source: AsyncIterator<Uint8Array> | undefined
  #isStopped = false

  constructor(body: RequestBody, maxBytes: number, target: string) {
    this.#body = body
    this.#maxBytes = maxBytes
    this.#target = target
  }

  async run(): Promise<Uint8Array> {
    // Cancelled before: nothing is opened.
    if (this.#isStopped) return new Uint8Array()
    const opened = this.#open()
    try {
      if (opened instanceof Uint8Array) this.#take(opened)
      else await this.#drain(opened[Symbol.asyncIterator]())
    } catch (cause) {
      this.stop()
      throw this.#failure('failed while it was read', cause, 'encode')
    }
    return Buffer.concat(this.#chunks, this.#size)
  }

  stop(): void {
    if (this.#isStopped) return
    this.#isStopped = true
    // A failure to stop concerns nobody: nothing more is wanted of it.
    void this.#stopSource().catch(() => undefined)
  }

  async #stopSource(): Promise<void> {
    await this.#source?.return?.()
  }

  async #drain(source: AsyncIterator<Uint8Array>): Promise<void> {
    this.#source = source
    while (!this.#isStopped) {
      const item = await source.next()
      if (item.done === true) return
      this.#take(item.value)
    }
  }

  #take(chunk: Uint8Array): void {
    if (!(chunk instanceof Uint8Array)) throw new TypeError(`chunks must be Uint8Array, got ${typeof chunk}`)
    this.#size += chunk.byteLength
    if (this.#size > this.#maxBytes) {
      const target = this.#target
      throw new BodyError(
        `${target}: the request body is more than maxBufferedBytes, ${this.#maxBytes} bytes, and chunking is 'never'`,
        { code: 'too-large', sent: 'no', target },
      )
    }
    this.#chunks.push(chunk)
  }

  #open(): Uint8Array | AsyncIterable<Uint8Array> {
    try {
      return this.#body.open()
    } catch (cause) {
      throw this.#failure('could not be opened', cause, this.#body.replayable ? 'encode' : 'not-replayable')
    }
  }

  #failure(what: string, cause: unknown, code: BodyFacts['code']): Error {
    if (isHttpError(cause)) return cause
    const target = this.#target
    const why = cause instanceof Error ? ` (${cause.message})` : ''
    return new BodyError(`${target}: the request body ${what}${why}`, { code, sent: 'no', target, cause })
  }
}
