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
    await null
    this.#settle()
    return this.#bytes
  }

  async *stream(): AsyncGenerator<Uint8Array> {
    this.#take()
    try {
      if (this.#bytes.byteLength > 0) yield this.#bytes
    } finally {
      this.#settle()
    }
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
    for (const listener of this.#listeners) listener()
    this.#listeners = []
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
