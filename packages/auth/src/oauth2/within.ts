import type { Session } from './exchange.ts'
import { TokenFailure } from './oauth2-error.ts'
import { wanted } from './wanted.ts'

/** What a function of the caller's brings, within the time that an exchange has: one that hangs must not hold every call. */
export async function within<T>(
  work: () => T | Promise<T>,
  what: string,
  { runtime, call, http }: Session,
  limitMs: number = http.timeoutMs,
): Promise<T> {
  const limited = call.fork()
  limited.deadlineAt = runtime.now() + limitMs
  limited.deadlineMs = limitMs
  // In an object, for what it brings may be undefined.
  const started = async (): Promise<{ readonly brought: T }> => ({ brought: await work() })
  const done = await wanted(started(), limited, runtime)
  if (done !== undefined) return done.brought
  throw new TokenFailure(call.cancelled ? 'it was given up' : `${what} took longer than ${limitMs} ms`)
}
