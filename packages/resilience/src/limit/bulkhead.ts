import type { Middleware, Runtime } from '@halyard/core'
import { addLimitGauge } from './limit-gauge.ts'
import { bulkheadSettings, type BulkheadOptions } from './limit-options.ts'
import { PerOrigin } from './per-origin.ts'
import { PermitGate } from './permit-gate.ts'
import type { LimitCallOptions } from './priority.ts'

/**
 * At most so many calls in flight to each origin: a peer that is slow takes no more than its share. A call holds its
 * permit until the body of its answer has been read, discarded or cut, or until it fails: a body that nobody reads holds
 * on to it.
 *
 * Further calls wait in a bounded queue, by `priority` and then by arrival. When it is full the last one of the lowest
 * priority has to go. They leave it when their call is cancelled or its deadline comes.
 *
 * One state for all clients that the same middleware is given to. Calls fail with `RejectedError` by `bulkhead`.
 *
 * @throws ConfigError
 */
export function bulkhead(options: BulkheadOptions): Middleware<LimitCallOptions> {
  const settings = bulkheadSettings(options)
  const gates = new PerOrigin(
    () => new PermitGate(settings),
    (gate) => gate.isIdle,
  )
  return {
    name: 'bulkhead',
    wrap: (next, runtime) => {
      showGates(runtime, 'bulkhead', gates)
      return (request, call) => gates.of(request.origin).pass(request, call, next, runtime)
    },
  }
}

/** Adds their gauges to the client's. */
export function showGates(
  runtime: Runtime,
  kind: 'bulkhead' | 'adaptive',
  gates: Pick<PerOrigin<PermitGate>, 'entries'>,
): void {
  addLimitGauge(runtime, kind, () =>
    Object.fromEntries(Array.from(gates.entries(), ([origin, { gauge }]) => [origin, gauge])),
  )
}
