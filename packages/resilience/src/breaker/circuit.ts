import type { Clock } from '@halyard/core'
import { CountWindow } from './count-window.ts'
import type { RollingWindow, WindowSlice } from './rolling-window.ts'
import { TimeWindow } from './time-window.ts'

/** `closed`: calls pass · `open`: they are refused · `half-open`: a few probes pass, the rest is refused. */
export type CircuitState = 'closed' | 'open' | 'half-open'

/** When a circuit opens, and how it closes. Times in milliseconds; `Infinity` where a rule is not wanted. */
export interface CircuitSettings {
  /** The calls of the last `windowMs`, or the last so many. */
  readonly window: 'time' | { readonly calls: number }
  readonly windowMs: number
  /** The window moves on in steps of this. */
  readonly bucketMs: number
  /** Calls in the window before a ratio is judged. */
  readonly minimumRequests: number
  /** Opens at this share of failures, 0 to 1. */
  readonly failureRatio: number
  /** Opens after so many failures in a row. */
  readonly consecutiveFailures: number
  /** A call that took longer is slow. */
  readonly slowCallMs: number
  /** Opens at this share of slow calls, 0 to 1. */
  readonly slowCallRatio: number
  /** How long it stays open. */
  readonly resetMs: number
  /** So many times longer each time that the probes fail. */
  readonly resetGrowth: number
  /** Calls that pass when it is half-open. */
  readonly halfOpenProbes: number
  /** A probe without an outcome frees its place after this. */
  readonly probeTimeoutMs: number
}

/** A circuit as plain data. */
export interface CircuitSnapshot {
  /** A circuit that is half-open is told as one that is open, with nothing left to wait. */
  readonly state: 'closed' | 'open'
  /** When it was taken, milliseconds since 1970. */
  readonly at: number
  /** How long it stays open from then on. */
  readonly leftMs: number
  /** How often it opened since it was last closed. */
  readonly openings: number
  /** In a row, up to then. */
  readonly consecutiveFailures: number
  /** What the window held, oldest first. */
  readonly window: readonly WindowSlice[]
}

/** The longest wait that growth leads to, unless `resetMs` itself is longer. */
const longestGrownMs = 600_000

/**
 * The state machine of a circuit breaker: no promises, no HTTP.
 *
 * Whoever is admitted gets a ticket, and gives it back with the outcome. An outcome counts for the phase in which its
 * call was admitted: one that comes after the circuit has changed says nothing about how things stand now.
 *
 * Half-open: `halfOpenProbes` calls pass. All of them must succeed, and close it; the first that fails opens it again. A
 * probe that is released, or has no outcome within `probeTimeoutMs`, frees its place for another; what it says later
 * still counts.
 */
export class Circuit {
  /** Told of each change, after it. */
  onChange: ((from: CircuitState, to: CircuitState) => void) | undefined
  /** Of the call that was admitted last. */
  ticket = 1
  readonly #clock: Clock
  readonly #settings: CircuitSettings
  readonly #window: RollingWindow
  #state: CircuitState = 'closed'
  /** The last ticket that was given. */
  #serial = 1
  /** The ticket with which the phase began: older ones are of an earlier phase. */
  #phase = 1
  #openUntil = 0
  #openings = 0
  #failuresInRow = 0
  /** Probes of this phase that have succeeded. */
  #succeeded = 0
  /** When the probes that hold a place began, by ticket. */
  readonly #probes = new Map<number, number>()

  constructor(clock: Clock, settings: CircuitSettings) {
    this.#clock = clock
    this.#settings = settings
    const { window, windowMs, bucketMs } = settings
    this.#window = window === 'time' ? new TimeWindow(clock, windowMs, bucketMs) : new CountWindow(window.calls)
  }

  /** As it stands for the next call: one that has been open long enough is half-open. */
  get state(): CircuitState {
    return this.#state === 'open' && this.#clock.now() >= this.#openUntil ? 'half-open' : this.#state
  }

  /** How long it will stay open, milliseconds; 0 if it is not. */
  get openForMs(): number {
    return this.#state === 'open' ? Math.max(0, this.#openUntil - this.#clock.now()) : 0
  }

  /** Probes that hold a place. */
  get probes(): number {
    return this.#probes.size
  }

  /** Whether nothing would be lost if it were forgotten. */
  get isIdle(): boolean {
    // One that nobody tried for so long after its reset time has little left to say.
    if (this.#state === 'open') return this.#clock.now() >= this.#openUntil + this.#settings.windowMs
    if (this.#state === 'half-open') return false
    this.#window.roll()
    return this.#window.calls === 0
  }

  /** The window as it stands now. */
  get window(): Pick<RollingWindow, 'calls' | 'failures' | 'slow'> {
    this.#window.roll()
    return this.#window
  }

  /** Asks for one call to pass. Then `ticket` is its ticket, until the next one is admitted. */
  admit(): 'pass' | 'probe' | 'reject' {
    if (this.#state === 'closed') {
      this.ticket = this.#phase
      return 'pass'
    }
    const now = this.#clock.now()
    if (this.#state === 'open') {
      if (now < this.#openUntil) return 'reject'
      this.#enter('half-open')
    }
    // Whoever was told of the change may have opened or closed it at once: the next call finds it so.
    if (this.#state !== 'half-open' || !this.#hasPlace(now)) return 'reject'
    this.#serial += 1
    this.ticket = this.#serial
    this.#probes.set(this.#serial, now)
    return 'probe'
  }

  /** The call with this ticket was answered as it should be, after so many milliseconds. */
  success(latencyMs: number, ticket: number): void {
    this.#settle(false, latencyMs, ticket)
  }

  /** It failed, after so many milliseconds. */
  failure(latencyMs: number, ticket: number): void {
    this.#settle(true, latencyMs, ticket)
  }

  /** The call says nothing about the peer: a probe frees its place. */
  release(ticket: number): void {
    this.#probes.delete(ticket)
  }

  /** Opens it now, for a reset time from now on. */
  open(): void {
    this.#openings = Math.max(0, this.#openings - 1)
    this.#trip()
  }

  /** Closes it now, and forgets what was counted. */
  close(): void {
    this.#openings = 0
    this.#failuresInRow = 0
    this.#window.clear()
    this.#enter('closed')
  }

  /** As plain data, for {@link import}. */
  export(): CircuitSnapshot {
    return {
      state: this.#state === 'closed' ? 'closed' : 'open',
      at: this.#clock.date(),
      leftMs: this.openForMs,
      openings: this.#openings,
      consecutiveFailures: this.#failuresInRow,
      window: this.#window.export(),
    }
  }

  /** Takes over what another exported. The time since then has passed for it, too. */
  import(snapshot: CircuitSnapshot): void {
    const elapsedMs = Math.max(0, this.#clock.date() - snapshot.at)
    this.#window.clear()
    this.#window.import(snapshot.window, elapsedMs)
    this.#openings = snapshot.openings
    this.#failuresInRow = snapshot.consecutiveFailures
    this.#openUntil = this.#clock.now() + snapshot.leftMs - elapsedMs
    this.#enter(snapshot.state)
  }

  #settle(failed: boolean, latencyMs: number, ticket: number): void {
    this.#probes.delete(ticket)
    if (ticket < this.#phase) return
    const slow = latencyMs >= this.#settings.slowCallMs
    if (this.#state === 'half-open') this.#judgeProbe(failed || slow)
    else {
      this.#window.add(failed, slow)
      this.#failuresInRow = failed ? this.#failuresInRow + 1 : 0
      if (this.#isBad()) this.#trip()
    }
  }

  #judgeProbe(failed: boolean): void {
    if (failed) {
      this.#trip()
      return
    }
    this.#succeeded += 1
    if (this.#succeeded >= this.#settings.halfOpenProbes) this.close()
  }

  #isBad(): boolean {
    const { minimumRequests, failureRatio, slowCallRatio, consecutiveFailures } = this.#settings
    if (this.#failuresInRow >= consecutiveFailures) return true
    const { calls, failures, slow } = this.#window
    return calls >= minimumRequests && (failures / calls >= failureRatio || slow / calls >= slowCallRatio)
  }

  #trip(): void {
    const { resetMs, resetGrowth } = this.#settings
    const grownMs = Math.min(resetMs * resetGrowth ** this.#openings, Math.max(resetMs, longestGrownMs))
    this.#openings += 1
    this.#openUntil = this.#clock.now() + grownMs
    this.#enter('open')
  }

  #hasPlace(now: number): boolean {
    const { halfOpenProbes, probeTimeoutMs } = this.#settings
    if (this.#probes.size + this.#succeeded < halfOpenProbes) return true
    for (const [ticket, startedAt] of this.#probes) if (now - startedAt >= probeTimeoutMs) this.#probes.delete(ticket)
    return this.#probes.size + this.#succeeded < halfOpenProbes
  }

  #enter(to: CircuitState): void {
    const from = this.#state
    this.#serial += 1
    this.#phase = this.#serial
    this.#succeeded = 0
    this.#probes.clear()
    this.#state = to
    if (from !== to) this.onChange?.(from, to)
  }
}
