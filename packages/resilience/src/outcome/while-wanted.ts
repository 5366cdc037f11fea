import type { Call, CancellationListener, CancelTimer, Clock } from '@halyard/core'

/**
 * What somebody else's promise brings, or `undefined` as soon as nobody waits for the call any more: it is cancelled, or
 * its deadline comes; without a clock, nobody looks at the deadline. Rejects as the promise does. What comes later is given
 * to `late`.
 */
export function whileWanted<T>(
  work: Promise<T>,
  call: Call,
  clock: Pick<Clock, 'now' | 'after'> | undefined,
  late?: (value: T) => void,
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    let over = false
    let cancelTimer: CancelTimer | undefined
    const finish = (): void => {
      over = true
      cancelTimer?.()
      call.removeListener(listener)
    }
    const leave = (): void => {
      finish()
      resolve(undefined)
    }
    const listener: CancellationListener = { onCancel: leave }
    work.then(
      (value) => {
        if (over) {
          late?.(value)
          return
        }
        finish()
        resolve(value)
      },
      (error: unknown) => {
        if (over) return
        finish()
        reject(error)
      },
    )
    call.addListener(listener)
    const { deadlineAt } = call
    if (clock !== undefined && deadlineAt !== undefined && !call.cancelled)
      cancelTimer = clock.after(deadlineAt - clock.now(), leave)
  })
}
