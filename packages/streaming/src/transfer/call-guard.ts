import { AbortedError, DeadlineReason, HttpError, TimeoutError, type Call, type Clock, type Sent } from '@halyard/core'
import type { WaitGuard } from '../progress/wait-guard.ts'

/** Ends waits when the call ends: it is cancelled, or its whole time is spent. The transport cannot hear of those. */
export class CallGuard implements WaitGuard {
  readonly #call: Call
  readonly #clock: Clock
  readonly #target: string
  readonly #sent: Sent

  constructor(call: Call, clock: Clock, target: string, sent: Sent) {
    this.#call = call
    this.#clock = clock
    this.#target = target
    this.#sent = sent
  }

  watch(fail: (failure: HttpError) => void): () => void {
    const call = this.#call
    const clock = this.#clock
    let isOver = false
    let cancelTimer: (() => void) | undefined
    const end = (): void => {
      isOver = true
      cancelTimer?.()
      call.removeListener(listener)
    }
    const onCancel = (reason: unknown): void => {
      if (isOver) return
      end()
      fail(this.#failure(reason))
    }
    const listener = { onCancel }
    // It may be moved or lifted while it is waited for.
    const onTimer = (): void => {
      const at = call.deadlineAt
      if (at === undefined) return
      const leftMs = at - clock.now()
      if (leftMs <= 0) onCancel(new DeadlineReason('total', call.deadlineMs ?? 0))
      else cancelTimer = clock.after(leftMs, onTimer)
    }
    call.addListener(listener)
    if (!isOver) onTimer()
    return end
  }

  #failure(reason: unknown): HttpError {
    const facts = { sent: this.#sent, target: this.#target }
    if (reason instanceof HttpError) return reason
    if (reason instanceof DeadlineReason) {
      const { phase, limitMs } = reason
      return new TimeoutError(`${facts.target}: not done within ${limitMs} ms (${phase})`, { ...facts, phase, limitMs })
    }
    const why = reason instanceof Error && reason.name !== 'AbortError' ? ` (${reason.name})` : ''
    return new AbortedError(`${facts.target}: aborted by the caller${why}`, { ...facts, cause: reason })
  }
}
