import type { AnyMiddleware, HttpRequest, Middleware } from '@halyard/core'
import type { EndpointLike } from '@halyard/resilience/balance'
import { fakeClock, mockTransport, type FakeClock, type MockTransport } from '@halyard/testing'
import { expect } from 'vitest'
import { createClient, type ClientConfig, type HttpClient } from '../../../src/index.ts'
import { turn } from '../../support/thrown.ts'

export type LabConfig = ClientConfig<readonly AnyMiddleware[], readonly AnyMiddleware[]>

/** A client on a clock that the test holds, and a transport that asks nobody. */
export interface Lab extends AsyncDisposable {
  readonly clock: FakeClock
  readonly transport: MockTransport
  readonly api: HttpClient
  /** The origins that were asked, in order. */
  origins(): string[]
  /** Waits for what no time has to pass for. */
  soon<T>(work: PromiseLike<T>): Promise<T>
}

/** At its end no timer is armed, and no body is open. */
export function lab(
  answers: Parameters<typeof mockTransport>[0],
  config: LabConfig = {},
  base: string | readonly EndpointLike[] = 'http://a.test',
): Lab {
  const clock = fakeClock()
  const transport = mockTransport(answers)
  const api: HttpClient = createClient(base, { clock, transport, ...config })
  return {
    clock,
    transport,
    api,
    soon: (work) => soon(clock, work),
    origins: () => transport.requests.map(({ url }) => new URL(url).origin),
    [Symbol.asyncDispose]: async () => {
      await api.destroy()
      // Bodies that were discarded settle in a later turn.
      await turn()
      expect(clock.pending).toBe(0)
      expect(transport.openBodies()).toBe(0)
    },
  }
}

async function soon<T>(clock: FakeClock, work: PromiseLike<T>): Promise<T> {
  let settled = false
  const settle = (): void => void (settled = true)
  work.then(settle, settle)
  // Waits of no length are timers, too.
  for (let turns = 0; !settled && turns < 1_000; turns += 1) await clock.advance(0)
  if (!settled) throw new Error('not settled, and only time could help')
  return await work
}

export const never = (): Promise<never> => new Promise(() => undefined)

/** Sends again at once. */
export const atOnce = { backoff: () => 0 }

/** What became of a call: its status, or the code of its error, by whom it was rejected. */
export async function fate(call: PromiseLike<{ readonly status: number; discard(): Promise<void> }>): Promise<string> {
  try {
    const response = await call
    await response.discard()
    return String(response.status)
  } catch (error) {
    return nameOf(error)
  }
}

function nameOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return String(error)
  if ('by' in error) return `rejected by ${String(error.by)}`
  return 'phase' in error ? `timeout ${String(error.phase)}` : String(error.code)
}

/** Passes on, and tells each request. */
export function spying(name: string, see: (request: HttpRequest, attempt: number) => void): Middleware {
  return {
    name,
    wrap: (next) => (request, call) => {
      see(request, call.attempt)
      return next(request, call)
    },
  }
}
