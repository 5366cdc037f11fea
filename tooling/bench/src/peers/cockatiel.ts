import {
  bulkhead,
  circuitBreaker,
  ExponentialBackoff,
  handleAll,
  retry,
  SamplingBreaker,
  timeout,
  TimeoutStrategy,
  wrap,
} from 'cockatiel'
import type { MakePeer } from './peer.ts'
import { undiciWith } from './undici-request.ts'

export const cockatielPeer: MakePeer = (target) => {
  const policy = wrap(
    timeout(10_000, TimeoutStrategy.Aggressive),
    retry(handleAll, { maxAttempts: 2, backoff: new ExponentialBackoff() }),
    circuitBreaker(handleAll, {
      halfOpenAfter: 5_000,
      breaker: new SamplingBreaker({ threshold: 0.5, duration: 60_000 }),
    }),
    bulkhead(1_000),
  )
  return undiciWith(target, (work) => () => policy.execute(work))
}
