import type { EventHub, Runtime } from '@halyard/core'
import type { LimitKind } from './limit-event.ts'

/** What the limits of one client show. */
const known = new WeakMap<EventHub, Map<LimitKind, () => unknown>>()

/** Adds one kind of limit to the gauge `limits`, which all of a client share. */
export function addLimitGauge(runtime: Runtime, kind: LimitKind, read: () => unknown): void {
  let reads = known.get(runtime.events)
  if (reads === undefined) {
    reads = new Map()
    known.set(runtime.events, reads)
  }
  reads.set(kind, read)
  const all = reads
  runtime.gauge('limits', () => Object.fromEntries(Array.from(all, ([name, one]) => [name, one()])))
}
