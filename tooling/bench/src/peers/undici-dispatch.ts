import type { Dispatcher } from 'undici'
import { posted } from '../payload/payload.ts'
import type { MakePeer } from './peer.ts'
import { undiciPool } from './undici-pool.ts'

/** The least that undici can do for an answer: chunks collected, `JSON.parse`, no validation. */
class Collect implements Dispatcher.DispatchHandler {
  readonly #chunks: Buffer[] = []
  readonly #resolve: (value: unknown) => void
  readonly #reject: (reason: unknown) => void

  constructor(resolve: (value: unknown) => void, reject: (reason: unknown) => void) {
    this.#resolve = resolve
    this.#reject = reject
  }

  onRequestStart(): void {}

  onResponseStart(_: Dispatcher.DispatchController, status: number): void {
    if (status !== 200) this.#reject(new Error(`status ${status}`))
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    const [first = Buffer.alloc(0)] = this.#chunks
    const whole = this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks)
    this.#resolve(JSON.parse(whole.toString()))
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#reject(error)
  }
}

export const undiciDispatch: MakePeer = (target) => {
  const { path, method } = target
  const pool = undiciPool(target)
  const headers = { 'content-type': 'application/json' }
  const options = (): Dispatcher.DispatchOptions =>
    method === 'GET' ? { method, path } : { method, path, headers, body: JSON.stringify(posted) }
  return {
    call: () => new Promise((resolve, reject) => pool.dispatch(options(), new Collect(resolve, reject))),
    close: () => pool.close(),
  }
}
