import { circuitBreaker } from '@halyard/resilience/breaker'
import { constant, retry } from '@halyard/resilience/retry'
import type { Policy } from './outage.ts'

/** One attempt. */
export const noRetry: Policy = { name: 'no retry', use: () => [] }

const quick = { windowMs: 10_000, bucketMs: 1000 } as const
const small = { ratio: 0.1, perSecond: 1 } as const
const atOnce = { attempts: 3, backoff: constant({ ms: 0 }), budget: false, retryAfter: false } as const

/** What is written in five minutes: three attempts, at once. */
export const naiveRetry: Policy = { name: 'naive retry', use: () => [retry(atOnce)] }

/** Retry and breaker with their defaults. */
export const ours: Policy = { name: 'ours, defaults', use: () => [retry(), circuitBreaker()] }

/** With a breaker that looks at the last ten seconds, not at the last minute. */
export const oursQuick: Policy = {
  name: 'ours, windowMs: 10_000',
  use: () => [retry(), circuitBreaker(quick)],
}

export const oursInRow: Policy = {
  name: 'ours, consecutiveFailures: 5',
  use: () => [retry(), circuitBreaker({ consecutiveFailures: 5 })],
}

export const oursSmall: Policy = {
  name: 'ours, windowMs: 10_000, budget of 10% and 1 a second',
  use: () => [retry({ budget: small }), circuitBreaker(quick)],
}

/** Ours, part by part. */
export const parts: readonly Policy[] = [
  { name: 'backoff and jitter, no budget, no breaker', use: () => [retry({ budget: false })] },
  { name: 'the same with the budget, defaults', use: () => [retry()] },
  { name: 'the same, budget of 10% and 1 a second', use: () => [retry({ budget: small })] },
  { name: 'naive retry, and the breaker inside', use: () => [retry(atOnce), circuitBreaker()] },
]
