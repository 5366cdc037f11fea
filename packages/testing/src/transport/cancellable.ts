import {
  AbortedError,
  DeadlineReason,
  describeTarget,
  HttpError,
  type Call,
  type CancellationListener,
  type HttpRequest,
  TimeoutError,
} from '@halyard/core'

/** Runs `work` unless the call is cancelled; fails as a transport does when it is cancelled meanwhile. */
export function cancellable<T>(
  request: HttpRequest,
  call: Call,
  work: () => Promise<T>,
  late: (value: T) => void,
): Promise<T> {
  if (call.cancelled) return Promise.reject(failure(call.reason, request, 'no'))
  return new Promise((resolve, reject) => {
    let over = false
    const listener: CancellationListener = {
      onCancel: (reason) => {
        over = true
        reject(failure(reason, request, 'maybe'))
      },
    }
    call.addListener(listener)
    work().then(
      (value) => {
        call.removeListener(listener)
        if (over) late(value)
        else resolve(value)
      },
      (error: unknown) => {
        call.removeListener(listener)
        reject(error)
      },
    )
  })
}

function failure(reason: unknown, request: HttpRequest, sent: 'no' | 'maybe'): HttpError {
  const target = describeTarget(request)
  if (reason instanceof DeadlineReason) {
    const { phase, limitMs } = reason
    return new TimeoutError(`${target}: not done within ${limitMs} ms (${phase})`, { phase, limitMs, sent, target })
  }
  if (reason instanceof HttpError) return reason
  return new AbortedError(`${target}: aborted by the caller`, { sent, target, cause: reason })
}
