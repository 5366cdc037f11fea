import { ConfigError } from '@halyard/core'
import { integer, number, optionObject } from '@halyard/core/options'
import type { CircuitBreakerOptions } from './breaker-options.ts'

/** A Ballerina `CircuitBreakerConfig`. Times in seconds. */
export interface BallerinaCircuitBreaker {
  /** What is counted. */
  readonly rollingWindow?:
    | {
        /** @defaultValue 10 */
        readonly requestVolumeThreshold?: number | undefined
        /** Seconds. @defaultValue 60 */
        readonly timeWindow?: number | undefined
        /** Seconds. @defaultValue 10 */
        readonly bucketSize?: number | undefined
      }
    | undefined
  /** The circuit opens *above* this ratio. @defaultValue 0 */
  readonly failureThreshold?: number | undefined
  /** Seconds. @defaultValue 0 */
  readonly resetTime?: number | undefined
  /** @defaultValue none: only errors count */
  readonly statusCodes?: readonly number[] | undefined
}

const seconds = number({ min: 0, max: (2 ** 31 - 1) / 1000 })
const readConfig = optionObject({
  rollingWindow: optionObject({
    requestVolumeThreshold: integer({ min: 1 }),
    timeWindow: seconds,
    bucketSize: seconds,
  }),
  failureThreshold: number({ min: 0, max: 1 }),
  resetTime: seconds,
  // Checked by the breaker.
  statusCodes: (value: unknown): unknown => value,
})

/**
 * The options of a breaker that behaves as Ballerina's with this configuration: with a volume of 6 and a peer that always
 * fails, six calls reach it and the seventh is refused; a status that counts still returns its response.
 *
 * Different on purpose: outcomes are judged as they arrive, so that the state is right before the next call; what was
 * counted before a circuit closed does not open it again; refused calls are no part of the volume; callers who give up
 * and requests that were never sent do not count as errors; half-open admits one probe, not everybody at once.
 *
 * @throws ConfigError
 */
export function ballerinaCircuitBreaker(config: BallerinaCircuitBreaker = {}): CircuitBreakerOptions {
  const given = readConfig(config, 'ballerinaCircuitBreaker')
  const { requestVolumeThreshold = 10, timeWindow = 60, bucketSize = 10 } = given.rollingWindow ?? {}
  if (bucketSize === 0 || timeWindow < bucketSize) {
    throw new ConfigError({
      option: 'ballerinaCircuitBreaker.rollingWindow.bucketSize',
      value: bucketSize,
      expected: `more than 0 and at most timeWindow (${timeWindow})`,
    })
  }
  const threshold = given.failureThreshold ?? 0
  return {
    minimumRequests: requestVolumeThreshold,
    windowMs: timeWindow * 1000,
    bucketMs: bucketSize * 1000,
    // Above, not at: the next number up. Nothing is above 1.
    failureRatio: threshold === 1 ? false : threshold === 0 ? Number.MIN_VALUE : threshold * (1 + Number.EPSILON),
    resetMs: (given.resetTime ?? 0) * 1000,
    statuses: config.statusCodes ?? [],
  }
}
