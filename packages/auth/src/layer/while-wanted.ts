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

/** Whether nobody waits for the call any more: it was cancelled, or its deadline has come. */
export function isGivenUp(call: Call, clock: Pick<Clock, 'now'>): boolean {
  return call.cancelled || (call.deadlineAt !== undefined && call.deadlineAt <= clock.now())
}

/** The error of a call that ended while a provider was waited for. */
export function givenUp(request: HttpRequest, call: Call, sent: Sent): unknown {
  const { reason } = call
  if (call.cancelled && isHttpError(reason)) return reason
  const target = describeTarget(request)
  if (call.cancelled && !(reason instanceof DeadlineReason)) {
    return new AbortedError(`${target}: aborted by the caller`, { sent, target, cause: reason })
  }
  const phase = reason instanceof DeadlineReason ? reason.phase : 'total'
  const limitMs = reason instanceof DeadlineReason ? reason.limitMs : (call.deadlineMs ?? 0)
  return new TimeoutError(`${target}: not done within ${limitMs} ms (${phase})`, { phase, limitMs, sent, target })
}

/**
 * What a provider's promise brings, or a rejection with `onEnd()` as soon as the call is cancelled or its deadline comes.
 * The provider's work goes on, perhaps for others; what it brings later is dropped. Leaves no timer and no listener.
 */
export function whileWanted<T>(
  work: PromiseLike<T>,
  call: Call,
  clock: Pick<Clock, 'now' | 'after'>,
  onEnd: () => unknown,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let cancelTimer: CancelTimer | undefined
    const finish = (): void => {
      cancelTimer?.()
      call.removeListener(listener)
    }
    const leave = (): void => {
      finish()
      reject(onEnd())
    }
    const listener: CancellationListener = { onCancel: leave }
    work.then(
      (value) => {
        finish()
        resolve(value)
      },
      (error: unknown) => {
        finish()
        reject(error)
      },
    )
    call.addListener(listener)
    const { deadlineAt } = call
    if (deadlineAt !== undefined && !call.cancelled) {
      cancelTimer = clock.after(Math.max(0, deadlineAt - clock.now()), leave)
    }
  })
}
