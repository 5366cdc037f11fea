import type { AsyncLocalStorage } from 'node:async_hooks'
import { ConfigError, systemClock, type Clock } from '@halyard/core'
import { parseTimeout } from './timeout-value.ts'

/** Until when the caller of this process waits. */
interface Inbound {
  /** On the scale of `clock`. */
  readonly at: number
  readonly clock: Pick<Clock, 'now'>
}

/** Made by the first who has a deadline to hand on: without one, nothing of Node is loaded. */
let storage: AsyncLocalStorage<Inbound> | undefined

function openStorage(): AsyncLocalStorage<Inbound> {
  const { AsyncLocalStorage: Storage } = process.getBuiltinModule('node:async_hooks')
  storage ??= new Storage<Inbound>()
  return storage
}

/**
 * Runs `run` with a deadline for all calls in it whose client has `inboundDeadline()`: milliseconds from now, or the value
 * of the header field that came (`1500`, or as of `grpc-timeout` `1500m`). `undefined`, and a text that is no timeout, sets
 * none. Within another, the earlier deadline holds.
 *
 * @throws ConfigError for a number that is none of milliseconds.
 *
 * @example
 * ```ts
 * server.on('request', (request, response) =>
 *   withInboundDeadline(request.headers['x-request-timeout-ms'], () => answer(request, response)))
 * ```
 */
export function withInboundDeadline<T>(
  timeout: number | string | readonly string[] | undefined,
  run: () => T,
  clock: Pick<Clock, 'now'> = systemClock,
): T {
  const ms = msOf(timeout)
  if (ms === undefined) return run()
  const outer = inboundLeftMs()
  if (outer !== undefined && outer <= ms) return run()
  return openStorage().run({ at: clock.now() + ms, clock }, run)
}

/** Milliseconds that the caller of this process still waits, not above 0 when it no longer does; `undefined`: nobody said. */
export function inboundLeftMs(): number | undefined {
  const inbound = storage?.getStore()
  return inbound === undefined ? undefined : inbound.at - inbound.clock.now()
}

function msOf(timeout: number | string | readonly string[] | undefined): number | undefined {
  if (typeof timeout === 'number') {
    if (timeout >= 0 && timeout < 2 ** 31) return timeout
    throw new ConfigError({ option: 'timeout', value: timeout, expected: 'milliseconds from 0 to 2147483647' })
  }
  // A field that came twice says nothing.
  return typeof timeout === 'string' ? parseTimeout(timeout) : undefined
}
