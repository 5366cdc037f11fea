import type { CircuitSettings } from '../../../src/breaker/circuit.ts'

/** Settings of a circuit, with what a test does not care about filled in. */
export function settings(patch: Partial<CircuitSettings> = {}): CircuitSettings {
  return {
    window: 'time',
    windowMs: 600,
    bucketMs: 100,
    minimumRequests: 4,
    failureRatio: 0.5,
    consecutiveFailures: Infinity,
    slowCallMs: Infinity,
    slowCallRatio: Infinity,
    resetMs: 1000,
    resetGrowth: 1,
    halfOpenProbes: 1,
    probeTimeoutMs: 300,
    ...patch,
  }
}
