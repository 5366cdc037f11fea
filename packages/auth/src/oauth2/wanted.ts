import {
  AbortedError,
  DeadlineReason,
  describeTarget,
  isHttpError,
  TimeoutError,
  type Call,
  type CancellationListener,
  type CancelTimer,
  type Clock,
  type HttpRequest,
  type Sent,
} from '@halyard/core'

/**
 * What `work` brings, or `undefined` as soon as the call that waits is cancelled or its deadline comes. The work goes on:
 * others may wait for it. What comes too late is given to `late`.
 */
export function wanted<T>(
  work: Promise<T>,
  call: Call,
  clock: Pick<Clock, 'now' | 'after'>,
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
      if (over) return
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
    if (deadlineAt !== undefined && !over) cancelTimer = clock.after(deadlineAt - clock.now(), leave)
  })
}

/** The error of a call that was given up while it waited for a token. */
export function givenUp(request: HttpRequest, call: Call, sent: Sent): unknown {
  const { reason } = call
  if (call.cancelled && isHttpError(reason)) return reason
  const target = describeTarget(request)
  if (call.cancelled && !(reason instanceof DeadlineReason)) {
    return new AbortedError(`${target}: aborted by the caller`, { sent, target, cause: reason })
  }
  const phase = reason instanceof DeadlineReason ? reason.phase : 'total'
  const limitMs = reason instanceof DeadlineReason ? reason.limitMs : (call.deadlineMs ?? 0)
  const message = `${target}: not done within ${limitMs} ms (${phase}), while waiting for an access token`
  return new TimeoutError(message, { sent, target, phase, limitMs })
}
