import type { CircuitSettings, CircuitState } from '../../../src/breaker/circuit.ts'

interface Outcome {
  readonly at: number
  readonly failed: boolean
  readonly slow: boolean
}

/** A call as the model knows it. */
export interface ModelCall {
  readonly phase: number
  readonly probeSince: number | undefined
  holds: boolean
}

/** A circuit told in the plainest way: a log of everything, counted anew each time. */
export class CircuitModel {
  now = 0
  state: CircuitState = 'closed'
  phase = 0
  log: Outcome[] = []
  row = 0
  openUntil = 0
  openings = 0
  succeeded = 0
  calls: ModelCall[] = []
  /** Changes of state since they were looked at. */
  changes: string[] = []
  readonly settings: CircuitSettings

  constructor(settings: CircuitSettings) {
    this.settings = settings
  }

  get shownState(): CircuitState {
    return this.state === 'open' && this.now >= this.openUntil ? 'half-open' : this.state
  }

  get counted(): readonly Outcome[] {
    const { window, windowMs, bucketMs } = this.settings
    if (window !== 'time') return this.log.slice(-window.calls)
    const bucket = (at: number): number => Math.floor(at / bucketMs)
    const oldest = bucket(this.now) - Math.floor(windowMs / bucketMs) + 1
    return this.log.filter(({ at }) => bucket(at) >= oldest)
  }

  admit(): { readonly answer: 'pass' | 'probe' | 'reject'; readonly call: ModelCall | undefined } {
    if (this.shownState === 'open') return { answer: 'reject', call: undefined }
    if (this.state === 'open') this.enter('half-open')
    if (this.state === 'closed') return this.#admitted('pass')
    const places = (): number =>
      this.settings.halfOpenProbes - this.succeeded - this.calls.filter(({ holds }) => holds).length
    if (places() <= 0) {
      for (const call of this.calls) {
        if (call.probeSince !== undefined && this.now - call.probeSince >= this.settings.probeTimeoutMs)
          call.holds = false
      }
    }
    return places() > 0 ? this.#admitted('probe') : { answer: 'reject', call: undefined }
  }

  settle(call: ModelCall, how: 'success' | 'failure' | 'release', latencyMs: number): void {
    call.holds = false
    if (how === 'release' || call.phase !== this.phase) return
    const failed = how === 'failure'
    const slow = latencyMs >= this.settings.slowCallMs
    if (this.state === 'half-open') {
      if (failed || slow) this.trip()
      else if (++this.succeeded === this.settings.halfOpenProbes) this.close()
      return
    }
    this.log.push({ at: this.now, failed, slow })
    this.row = failed ? this.row + 1 : 0
    const { minimumRequests, failureRatio, slowCallRatio, consecutiveFailures } = this.settings
    const { counted } = this
    const share = (of: (one: Outcome) => boolean): number => counted.filter(of).length / counted.length
    const isBadWindow =
      counted.length >= minimumRequests &&
      (share((one) => one.failed) >= failureRatio || share((one) => one.slow) >= slowCallRatio)
    if (isBadWindow || this.row >= consecutiveFailures) this.trip()
  }

  open(): void {
    if (this.openings > 0) this.openings -= 1
    this.trip()
  }

  close(): void {
    this.log = []
    this.row = 0
    this.openings = 0
    this.enter('closed')
  }

  trip(): void {
    this.openUntil = this.now + Math.min(600_000, this.settings.resetMs * this.settings.resetGrowth ** this.openings)
    this.openings += 1
    this.enter('open')
  }

  enter(state: CircuitState): void {
    if (this.state !== state) this.changes.push(`${this.state} > ${state}`)
    this.state = state
    this.phase += 1
    this.succeeded = 0
    for (const call of this.calls) call.holds = false
  }

  #admitted(answer: 'pass' | 'probe'): { readonly answer: 'pass' | 'probe'; readonly call: ModelCall } {
    const isProbe = answer === 'probe'
    const call = { phase: this.phase, probeSince: isProbe ? this.now : undefined, holds: isProbe }
    this.calls.push(call)
    return { answer, call }
  }
}
