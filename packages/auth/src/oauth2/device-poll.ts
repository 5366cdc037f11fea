import type { Runtime } from '@halyard/core'
import type { Session } from './exchange.ts'
import { TokenFailure } from './oauth2-error.ts'

/** RFC 8628 §3.5: by how much the pace slows down. */
const slowerMs = 5000

/** The pause before the next question; `undefined` where the answer was the last one (RFC 8628 §3.5). */
export function pollAgain(error: unknown, intervalMs: number): number | undefined {
  if (!(error instanceof TokenFailure)) return undefined
  const { error: said, exchange, status } = error.facts
  if (said === 'authorization_pending') return intervalMs
  if (said === 'slow_down') return intervalMs + slowerMs
  // The connection failed, or the server did: it is asked on, more slowly.
  const isPassing = said === undefined && (exchange !== undefined || (status !== undefined && status >= 500))
  return isPassing ? Math.max(intervalMs, 1000) * 2 : undefined
}

/** Waits for its turn; false where the wait was given up. */
export async function isItsTurn(runtime: Runtime, session: Session, intervalMs: number): Promise<boolean> {
  try {
    await runtime.sleep(Math.max(intervalMs, 1), session.call.signal)
    return true
  } catch {
    return false
  }
}
