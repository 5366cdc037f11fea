import { type CancelTimer, type Clock, TimeoutError } from '@halyard/core'
import type { ReadGuard } from '../iteration/chunk-source.ts'

/** Fails a read that takes too long. There is a timer while something is read, and at no other time. */
export class IdleGuard implements ReadGuard {
  readonly #clock: Clock
  readonly #idleMs: number
  readonly #target: string
  #cancel: CancelTimer | undefined

  constructor(clock: Clock, idleMs: number, target: string) {
    this.#clock = clock
    this.#idleMs = idleMs
    this.#target = target
  }

  watch<T>(read: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#cancel = this.#clock.after(this.#idleMs, () => reject(this.#tooLong()))
      read.then(
        (value) => {
          this.stop()
          resolve(value)
        },
        (error: unknown) => {
          this.stop()
          reject(error)
        },
      )
    })
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  #tooLong(): TimeoutError {
    const target = this.#target
    const limitMs = this.#idleMs
    return new TimeoutError(`${target}: nothing came on the event stream within ${limitMs} ms (idleMs)`, {
      phase: 'idle',
      limitMs,
      sent: 'yes',
      target,
    })
  }
}
