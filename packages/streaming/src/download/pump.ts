import type { ResponseBody } from '@halyard/core'
import type { Halt } from './halt.ts'

/**
 * Gives the chunks to `take` one by one, and waits where it says so. When that fails, or all is stopped, the source is
 * left at once, be it one that does not hear it while it waits.
 */
export async function pump(
  chunks: AsyncIterable<Uint8Array>,
  halt: Halt,
  take: (chunk: Uint8Array) => Promise<void> | undefined,
): Promise<void> {
  const iterator = chunks[Symbol.asyncIterator]()
  let hasLeft = false
  const run = async (): Promise<void> => {
    for (;;) {
      const item = await iterator.next()
      if (hasLeft || item.done === true) return
      const room = take(item.value)
      if (room === undefined) continue
      await room
      // Stopped in the meantime: what comes now is nobody's.
      if (hasLeft) return
    }
  }
  try {
    await halt.race(run())
  } catch (error) {
    hasLeft = true
    leave(iterator)
    throw error
  }
}

/**
 * The same of a body that gives its chunks for the moment only. `take` copies what it keeps.
 */
export async function drain(
  body: ResponseBody,
  halt: Halt,
  take: (chunk: Uint8Array) => Promise<void> | undefined,
): Promise<void> {
  try {
    await halt.race(body.drainTo?.(take) ?? Promise.resolve())
  } catch (error) {
    body.discard().catch(() => undefined)
    throw error
  }
}

/** Not waited for: a source that never yields again might not hear of it. */
function leave(iterator: AsyncIterator<Uint8Array>): void {
  try {
    iterator.return?.().then(undefined, () => undefined)
  } catch {
    // It is left.
  }
}
