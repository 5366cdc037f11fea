import { attachSend, ClientRuntime, describeTarget, type HttpHandler, type Runtime } from '@halyard/core'
import { type FakeClock, fakeClock } from './fake-clock.ts'

/** What a fake runtime is made of. */
export interface FakeRuntimeOptions {
  /** @defaultValue a new one */
  readonly clock?: FakeClock
  /** @defaultValue a handler that throws */
  readonly send?: HttpHandler
}

/** What a middleware is given, on a clock that tests hold. */
export interface FakeRuntime extends Runtime, AsyncDisposable {
  readonly clock: FakeClock
  /** Runs what `onClose` was given, as a client that closes does. */
  close(): Promise<void>
}

/**
 * Makes a runtime for a middleware under test.
 *
 * @example
 * ```ts
 * await using runtime = fakeRuntime()
 * const handler = retry().wrap(next, runtime)
 * ```
 */
export function fakeRuntime(options: FakeRuntimeOptions = {}): FakeRuntime {
  const clock = options.clock ?? fakeClock()
  const host = new ClientRuntime(clock)
  const close = (): Promise<void> => host.close()
  return { ...attachSend(host, options.send ?? refuse), clock, close, [Symbol.asyncDispose]: close }
}

const refuse: HttpHandler = (request) => {
  throw new Error(`${describeTarget(request)}: the fake runtime was given no \`send\``)
}
