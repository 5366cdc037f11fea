import { BodyError } from '../errors/body-error.ts'
import type { ResponseBody, SettledListener } from './response-body.ts'

/** A response body that is in memory from the start. */
export class MemoryBody implements ResponseBody {
  readonly #bytes: Uint8Array
  #taken = false
  #settled = false
  #listeners: SettledListener[] = []

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  takeBuffered(): Uint8Array | undefined {
    if (this.#taken) return undefined
    this.#take()
    this.#settle()
    return this.#bytes
  }

  async bytes(): Promise<Uint8Array> {
    this.#take()
    await Promise.resolve()
    this.#settle()
    return this.#bytes
  }

  stream(): AsyncIterable<Uint8Array> {
    this.#take()
    let left = this.#bytes.byteLength > 0
    const end = (): Promise<IteratorResult<Uint8Array, undefined>> => {
      left = false
      this.#settle()
      return Promise.resolve({ done: true, value: undefined })
    }
    const iterator: AsyncIterator<Uint8Array, undefined> = {
      next: () => {
        if (!left) return end()
        left = false
        return Promise.resolve({ done: false, value: this.#bytes })
      },
      // A generator that nobody started would not settle when it is closed.
      return: end,
    }
    return { [Symbol.asyncIterator]: () => iterator }
  }

  discard(): Promise<void> {
    this.#taken = true
    this.#settle()
    return Promise.resolve()
  }

  onSettled(listener: SettledListener): void {
    if (this.#settled) listener()
    else this.#listeners.push(listener)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.discard()
  }

  #take(): void {
    if (this.#taken) throw bodyTaken('')
    this.#taken = true
  }

  #settle(): void {
    if (this.#settled) return
    this.#settled = true
    const failures: unknown[] = []
    for (const listener of this.#listeners) {
      try {
        listener()
      } catch (failure) {
        failures.push(failure)
      }
    }
    this.#listeners = []
    if (failures.length > 0) throw failures[0]
  }
}

/** The error of a second reader. */
export function bodyTaken(target: string): BodyError {
  return new BodyError(`${target}${target === '' ? '' : ': '}the body was read or discarded already`, {
    code: 'decode',
    sent: 'yes',
    target,
  })
}
