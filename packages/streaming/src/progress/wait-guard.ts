import type { ResponseBody } from '@halyard/core'

/** Ends a wait that is over for another reason than time. */
export interface WaitGuard {
  /** Watches until what it returns is called; calls `fail` once at most, at once where it is too late already. */
  watch(fail: (failure: unknown) => void): () => void
}

/** Ends waits when the body that is read fails: an abort would be heard of after the last slice only. */
export function bodyGuard(body: ResponseBody): WaitGuard {
  let failed: { readonly failure: unknown } | undefined
  let waiting: ((failure: unknown) => void) | undefined
  body.onSettled((failure) => {
    if (failure === undefined) return
    failed = { failure }
    waiting?.(failure)
  })
  return {
    watch: (fail) => {
      if (failed === undefined) waiting = fail
      else fail(failed.failure)
      return () => void (waiting = undefined)
    },
  }
}
