import { getEventListeners } from 'node:events'

/** How many listen for the abort of a signal: after a call, as many as before it. */
export function abortListeners(signal: AbortSignal): number {
  return getEventListeners(signal, 'abort').length
}
