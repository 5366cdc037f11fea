import { AbortedError, type Clock } from '@halyard/core'
import type { EventStreamSource } from './event-stream-source.ts'
import type { Visit } from '../iteration/visit.ts'

/**
 * Waits for `ms`, or until the consumer leaves. Leaves no timer and no listener, however it ends.
 * @throws AbortedError when the signal aborts.
 */
export async function pause(ms: number, clock: Clock, source: EventStreamSource, visit: Visit): Promise<void> {
  const { signal, target } = source
  let undo = (): void => undefined
  const over = new Promise<void>((resolve, reject) => {
    const abort = (): void =>
      reject(new AbortedError(`${target}: aborted by the caller`, { sent: 'yes', target, cause: signal?.reason }))
    if (signal?.aborted === true) {
      abort()
      return
    }
    const cancel = clock.after(ms, resolve, true)
    signal?.addEventListener('abort', abort, { once: true })
    undo = () => {
      cancel()
      signal?.removeEventListener('abort', abort)
    }
  })
  try {
    await visit.until(over)
  } finally {
    undo()
  }
}
