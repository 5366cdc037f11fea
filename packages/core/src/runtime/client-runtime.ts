import type { CancelTimer, Clock } from './clock.ts'
import { ClientEvents } from './events.ts'
import type { HostRuntime } from './runtime.ts'
import { systemClock } from './system-clock.ts'
import { Watchdog } from './watchdog.ts'

/** The runtime of one client: a clock, its watchdog, and what to do at the end. */
export class ClientRuntime implements HostRuntime {
  readonly watchdog: Watchdog
  readonly events: ClientEvents = new ClientEvents()
  readonly now: () => number
  readonly date: () => number
  readonly random: () => number
  readonly after: (ms: number, run: () => void, holdsProcess?: boolean) => CancelTimer
  readonly #gauges = new Map<string, () => unknown>()
  readonly #disposers: (() => void | Promise<void>)[] = []
  #closing: Promise<void> | undefined

  constructor(clock: Clock = systemClock) {
    // Bound once: these are asked several times a call.
    this.now = () => clock.now()
    this.date = () => clock.date()
    this.random = () => clock.random()
    this.after = (ms, run, holdsProcess) => clock.after(ms, run, holdsProcess)
    this.watchdog = new Watchdog(clock)
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason)
        return
      }
      const abort = (): void => {
        cancel()
        reject(signal?.reason)
      }
      const wake = (): void => {
        signal?.removeEventListener('abort', abort)
        resolve()
      }
      const cancel = this.after(ms, wake, true)
      signal?.addEventListener('abort', abort, { once: true })
    })
  }

  gauge(name: string, read: () => unknown): void {
    this.#gauges.set(name, read)
  }

  /** What the gauges show now. */
  stats(): Readonly<Record<string, unknown>> {
    return Object.fromEntries(Array.from(this.#gauges, ([name, read]) => [name, read()]))
  }

  onClose(dispose: () => void | Promise<void>): void {
    if (this.#closing === undefined) this.#disposers.push(dispose)
    // Too late to be in order: what was opened after the end is closed at once.
    else this.#closing = Promise.all([this.#closing, dispose()]).then(() => undefined)
  }

  /** Runs what `onClose` was given, last first, each even if another fails. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#dispose()
    return this.#closing
  }

  async #dispose(): Promise<void> {
    const failures: unknown[] = []
    for (const dispose of this.#disposers.toReversed()) {
      try {
        await dispose()
      } catch (failure) {
        failures.push(failure)
      }
    }
    this.watchdog.stop()
    if (failures.length > 0) throw new AggregateError(failures, 'closing the client failed in part')
  }
}
