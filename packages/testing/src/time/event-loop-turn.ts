// Kept from the start, so that a test's fake timers do not hold this up.
const { setImmediate } = globalThis

/** Resolves in the next turn of the event loop: after every promise chain that can run has run. */
export function eventLoopTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}
