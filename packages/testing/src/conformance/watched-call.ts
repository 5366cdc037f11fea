import { CallContext, type CancellationListener } from '@halyard/core'
import { abortListeners } from '../leaks/abort-listeners.ts'

/** A call that knows who listens to it. */
export class WatchedCall extends CallContext {
  readonly #listening = new Set<CancellationListener>()
  #signal: AbortSignal | undefined
  #makingSignal = false

  /** Listeners on the call, and on its signal where somebody asked for that. */
  get listeners(): number {
    return this.#listening.size + (this.#signal === undefined ? 0 : abortListeners(this.#signal))
  }

  override get signal(): AbortSignal {
    // The signal itself listens for as long as the call lives; that is not the middleware's doing.
    this.#makingSignal = true
    try {
      this.#signal = super.signal
    } finally {
      this.#makingSignal = false
    }
    return this.#signal
  }

  override addListener(listener: CancellationListener): void {
    if (!this.cancelled && !this.#makingSignal) this.#listening.add(listener)
    super.addListener(listener)
  }

  override removeListener(listener: CancellationListener): void {
    this.#listening.delete(listener)
    super.removeListener(listener)
  }

  override cancel(reason: unknown): void {
    // Whoever is told is let go.
    this.#listening.clear()
    super.cancel(reason)
  }
}
