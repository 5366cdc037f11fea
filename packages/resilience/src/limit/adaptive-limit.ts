import type { Middleware } from '@halyard/core'
import { AdaptiveGate } from './adaptive-gate.ts'
import { showGates } from './bulkhead.ts'
import { adaptiveSettings, type AdaptiveLimitOptions } from './limit-options.ts'
import { PerOrigin } from './per-origin.ts'
import type { LimitCallOptions } from './priority.ts'

/**
 * As many calls in flight to each origin as it can take, which is learnt: from the time to the head of its answers, and
 * from failures that `classify` calls `transient`. Permits and the queue are those of a `bulkhead`. Callers who give up,
 * and answers of 4xx, teach nothing; a 429 does.
 *
 * One state for all clients that the same middleware is given to. Calls fail with `RejectedError` by `bulkhead`.
 *
 * @throws ConfigError
 */
export function adaptiveLimit(options: AdaptiveLimitOptions = {}): Middleware<LimitCallOptions> {
  const settings = adaptiveSettings(options)
  const gates = new PerOrigin(
    () => new AdaptiveGate(settings),
    (gate) => gate.isIdle,
  )
  return {
    name: 'adaptive-limit',
    wrap: (next, runtime) => {
      showGates(runtime, 'adaptive', gates)
      return (request, call) => gates.of(request.origin).pass(request, call, next, runtime)
    },
  }
}
