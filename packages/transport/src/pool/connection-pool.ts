import { systemClock, type Clock } from '@halyard/core'
import { identityOf, type ConnectionSettings } from '../connect/connection-settings.ts'
import type { ConnectionLimits } from './connection.ts'
import { OriginPool, type OriginStats } from './origin-pool.ts'
import { poolLimits, type PoolLimits, type PoolOptions } from './pool-options.ts'

export type PoolStats = Readonly<Record<string, OriginStats>>

/**
 * Connections, by origin. Clients that are given the same pool share its connections, as far as their settings for TLS,
 * protocol and sockets are the same objects.
 */
export class ConnectionPool {
  readonly limits: PoolLimits
  readonly #clock: Clock
  readonly #origins = new Map<string, OriginPool>()
  #closed = false

  constructor(limits: PoolLimits, clock: Clock) {
    this.limits = limits
    this.#clock = clock
  }

  /** @internal */
  forOrigin(
    origin: string,
    settings: ConnectionSettings,
    limits: Omit<ConnectionLimits, keyof PoolDerived>,
  ): OriginPool {
    // Everything that a connection is made with: two clients share one only where they would have made the same.
    const made = [limits.headerBytes, limits.statusLineBytes, limits.initialWindowBytes, limits.pingIntervalMs]
    const key = [origin, identityOf(settings), ...made].join(' ')
    const known = this.#origins.get(key)
    if (known !== undefined) return known
    const pool = new OriginPool(origin, settings, this.limits, { ...limits, ...derive(this.limits) }, this.#clock)
    this.#origins.set(key, pool)
    if (this.#closed) void pool.close()
    return pool
  }

  stats(): PoolStats {
    const stats: Record<string, OriginStats> = {}
    for (const pool of this.#origins.values()) {
      const known = stats[pool.origin]
      stats[pool.origin] = known === undefined ? pool.stats() : add(known, pool.stats())
    }
    return stats
  }

  /** Takes no new requests, waits for those it has, and closes every connection. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#origins.values()].map((pool) => pool.close()))
  }

  /** Fails what waits and what is in flight, and closes every connection at once. Idempotent. */
  async destroy(error: Error = new Error('the pool was destroyed')): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#origins.values()].map((pool) => pool.destroy(error)))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

interface PoolDerived {
  readonly idleTimeoutMs: number
  readonly idleTimeoutFixed: boolean
  readonly maxStreams: number
  readonly maxRequests: number
  readonly maxAgeMs: number
}

function derive(limits: PoolLimits): PoolDerived {
  return {
    idleTimeoutMs: limits.idleTimeoutMs,
    idleTimeoutFixed: limits.idleTimeoutFixed,
    maxStreams: limits.maxStreamsPerConnection,
    maxRequests: limits.maxRequestsPerConnection,
    maxAgeMs: limits.maxAgeMs,
  }
}

function add(left: OriginStats, right: OriginStats): OriginStats {
  return {
    connections: left.connections + right.connections,
    idle: left.idle + right.idle,
    active: left.active + right.active,
    queued: left.queued + right.queued,
    streams: left.streams + right.streams,
    protocol: left.protocol ?? right.protocol,
  }
}

/**
 * Makes a pool that several clients can share.
 *
 * @example
 * ```ts
 * const pool = connectionPool({ maxConnections: 50 })
 * const users = createClient('https://api.example.com/users', { pool })
 * const orders = createClient('https://api.example.com/orders', { pool })
 * ```
 * @throws ConfigError for a wrong type or range, or an unknown name.
 */
export function connectionPool(options: PoolOptions = {}): ConnectionPool {
  return new ConnectionPool(poolLimits(options, 'connectionPool'), systemClock)
}
