import CircuitBreaker from 'opossum'
import type { MakePeer } from './peer.ts'
import { undiciWith } from './undici-request.ts'

/** A breaker with a time limit and a bulkhead; it does not retry. */
export const opossumPeer: MakePeer = (target) =>
  undiciWith(target, (work) => {
    const breaker = new CircuitBreaker(work, { timeout: 10_000, capacity: 1_000, resetTimeout: 5_000 })
    return () => breaker.fire()
  })
