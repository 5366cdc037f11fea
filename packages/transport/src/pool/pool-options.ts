import { durationMs, integer, optionObject, orFalse } from '@halyard/core/options'

/** Limits of a pool, each per origin. */
export interface PoolOptions {
  /** Open connections. @defaultValue Infinity */
  readonly maxConnections?: number | undefined
  /** Connections kept without work. @defaultValue 100 */
  readonly maxIdleConnections?: number | undefined
  /** How long a call waits for a connection, milliseconds; `false` waits for ever. @defaultValue 30_000 */
  readonly acquireTimeoutMs?: number | false | undefined
  /** HTTP/2 streams on one connection; a server may allow fewer. @defaultValue 100 */
  readonly maxStreamsPerConnection?: number | undefined
  /** How long a connection is kept without work, milliseconds. A server's `Keep-Alive: timeout` shortens it. @defaultValue 4_000 */
  readonly idleTimeoutMs?: number | undefined
  /** A connection takes no new requests at this age, milliseconds. @defaultValue no limit */
  readonly maxAgeMs?: number | undefined
  /** A connection takes no more requests than this. @defaultValue no limit */
  readonly maxRequestsPerConnection?: number | undefined
}

export interface PoolLimits {
  readonly maxConnections: number
  readonly maxIdleConnections: number
  readonly acquireTimeoutMs: number | false
  readonly maxStreamsPerConnection: number
  readonly idleTimeoutMs: number
  readonly idleTimeoutFixed: boolean
  readonly maxAgeMs: number
  readonly maxRequestsPerConnection: number
}

export const poolDefaults: Omit<PoolLimits, 'idleTimeoutFixed'> = {
  maxConnections: Infinity,
  maxIdleConnections: 100,
  acquireTimeoutMs: 30_000,
  maxStreamsPerConnection: 100,
  idleTimeoutMs: 4_000,
  maxAgeMs: Infinity,
  maxRequestsPerConnection: Infinity,
}

const unlimited = (value: unknown, option: string): number =>
  value === Infinity ? Infinity : integer({ min: 1 })(value, option)

const spec = optionObject({
  maxConnections: unlimited,
  maxIdleConnections: integer({ min: 0 }),
  acquireTimeoutMs: orFalse(durationMs),
  maxStreamsPerConnection: integer({ min: 1, max: 2 ** 31 - 1 }),
  idleTimeoutMs: durationMs,
  maxAgeMs: durationMs,
  maxRequestsPerConnection: unlimited,
})

/** @throws ConfigError for a wrong type or range, or an unknown name. */
export function poolLimits(options: unknown = {}, option = 'pool'): PoolLimits {
  const own = spec(options, option)
  return {
    maxConnections: own.maxConnections ?? poolDefaults.maxConnections,
    maxIdleConnections: own.maxIdleConnections ?? poolDefaults.maxIdleConnections,
    acquireTimeoutMs: own.acquireTimeoutMs ?? poolDefaults.acquireTimeoutMs,
    maxStreamsPerConnection: own.maxStreamsPerConnection ?? poolDefaults.maxStreamsPerConnection,
    idleTimeoutMs: own.idleTimeoutMs ?? poolDefaults.idleTimeoutMs,
    idleTimeoutFixed: own.idleTimeoutMs !== undefined,
    maxAgeMs: own.maxAgeMs ?? poolDefaults.maxAgeMs,
    maxRequestsPerConnection: own.maxRequestsPerConnection ?? poolDefaults.maxRequestsPerConnection,
  }
}
