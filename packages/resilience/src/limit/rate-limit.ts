import type { Middleware, Runtime } from '@halyard/core'
import { addLimitGauge } from './limit-gauge.ts'
import { rateSettings, type RateLimitOptions } from './limit-options.ts'
import { PerOrigin } from './per-origin.ts'
import type { LimitCallOptions } from './priority.ts'
import { RateGate } from './rate-gate.ts'

/**
 * At most so many calls to each origin in a time. Further calls are refused, or wait up to `queueMs` by `priority` and then
 * by arrival; a wait that would last longer, or past the deadline of its call, does not begin. After a 429 nobody is sent
 * until the server's time is over.
 *
 * One state for all clients that the same middleware is given to. Calls fail with `RejectedError` by `rate`.
 *
 * @throws ConfigError
 */
export function rateLimit(options: RateLimitOptions): Middleware<LimitCallOptions> {
  const settings = rateSettings(options)
  let shared: PerOrigin<RateGate> | undefined
  /** Made with the first client, for the clock is its own. */
  const gatesOn = (runtime: Runtime): PerOrigin<RateGate> => {
    shared ??= new PerOrigin(
      (origin) => new RateGate(settings, runtime, origin),
      (gate) => gate.isIdle,
    )
    return shared
  }
  return {
    name: 'rate-limit',
    wrap: (next, runtime) => {
      const gates = gatesOn(runtime)
      addLimitGauge(runtime, 'rate', () =>
        Object.fromEntries(Array.from(gates.entries(), ([origin, { gauge }]) => [origin, gauge])),
      )
      return (request, call) => gates.of(request.origin).pass(request, call, next, runtime)
    },
  }
}
