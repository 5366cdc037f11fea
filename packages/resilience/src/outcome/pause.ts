import type { Call, CancellationListener, CancelTimer, Clock } from '@halyard/core'

/** Waits for `ms`, or until the call is cancelled: then it resolves at once. Leaves no timer and no listener. */
export function pause(ms: number, call: Call, clock: Pick<Clock, 'after'>): Promise<void> {
  return new Promise((resolve) => {
    let cancelTimer: CancelTimer | undefined
    const listener: CancellationListener = {
      onCancel: () => {
        cancelTimer?.()
        resolve()
      },
    }
    call.addListener(listener)
    if (call.cancelled) return
    const wake = (): void => {
      call.removeListener(listener)
      resolve()
    }
    cancelTimer = clock.after(ms, wake, true)
  })
}
