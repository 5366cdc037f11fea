import type { Clock } from '@halyard/core'
import type { ProgressListener } from './transfer-progress.ts'

export interface TransferMeterInit {
  readonly clock: Clock
  readonly totalBytes: number | undefined
  readonly attempt: number
  /** What an earlier run has transferred already: counted as transferred, not for the rate. @defaultValue 0 */
  readonly startBytes?: number | undefined
  readonly listener: ProgressListener
}

/** Where a transfer stood at a time. */
interface Sample {
  readonly at: number
  readonly bytes: number
}

const windowMs = 5_000
/** A sample for each chunk would be a list as long as the window has chunks. */
const sampleMs = 250

/**
 * Counts what is transferred, and tells a listener: once at the start, for each chunk, and at the end if that says
 * something new. What the listener throws comes out of the method that told it.
 */
export class TransferMeter {
  readonly #clock: Clock
  readonly #attempt: number
  readonly #listener: ProgressListener
  #totalBytes: number | undefined
  #transferred: number
  /** Oldest first. The first is the newest that is as old as the window, or where it started. */
  readonly #samples: Sample[] = []

  constructor(init: TransferMeterInit) {
    this.#clock = init.clock
    this.#attempt = init.attempt
    this.#listener = init.listener
    this.#totalBytes = init.totalBytes
    // A polluted `Object.prototype` has transferred nothing.
    this.#transferred = (Object.hasOwn(init, 'startBytes') ? init.startBytes : undefined) ?? 0
  }

  /** Starts the clock and tells what there is from the beginning: 0 but for a transfer that is resumed. */
  start(): void {
    const now = this.#clock.now()
    this.#samples.length = 0
    this.#samples.push({ at: now, bytes: this.#transferred })
    this.#tell(now)
  }

  add(bytes: number): void {
    if (bytes === 0) return
    this.#transferred += bytes
    const now = this.#clock.now()
    const last = this.#samples.at(-1)
    if (last === undefined || now - last.at >= sampleMs) this.#samples.push({ at: now, bytes: this.#transferred })
    this.#tell(now)
  }

  /** All is transferred: a total that nobody knew is known now. */
  end(): void {
    if (this.#totalBytes !== undefined) return
    this.#totalBytes = this.#transferred
    this.#tell(this.#clock.now())
  }

  #tell(now: number): void {
    const totalBytes = this.#totalBytes
    const transferredBytes = this.#transferred
    const bytesPerSecond = this.#rate(now)
    this.#listener({
      transferredBytes,
      totalBytes,
      ratio: totalBytes === undefined ? undefined : ratioOf(transferredBytes, totalBytes),
      bytesPerSecond,
      etaMs: totalBytes === undefined ? undefined : etaOf(totalBytes - transferredBytes, bytesPerSecond),
      attempt: this.#attempt,
    })
  }

  #rate(now: number): number {
    const samples = this.#samples
    const since = now - windowMs
    while ((samples[1]?.at ?? Infinity) <= since) samples.shift()
    const from = samples[0]
    if (from === undefined || now <= from.at) return 0
    if (from.at >= since) return perSecond(this.#transferred - from.bytes, now - from.at)
    // The window begins between two samples. What came with the later one is spread over the time between them, so that
    // a pause neither counts for longer than the window nor is forgotten at once.
    const next = samples[1] ?? { at: now, bytes: this.#transferred }
    const before = ((next.bytes - from.bytes) * (since - from.at)) / (next.at - from.at)
    return perSecond(this.#transferred - from.bytes - before, windowMs)
  }
}

function perSecond(bytes: number, ms: number): number {
  return (bytes * 1_000) / ms
}

function ratioOf(transferred: number, total: number): number {
  return total === 0 ? 1 : Math.min(1, transferred / total)
}

function etaOf(left: number, bytesPerSecond: number): number | undefined {
  if (left <= 0) return 0
  return bytesPerSecond === 0 ? undefined : (left * 1_000) / bytesPerSecond
}
