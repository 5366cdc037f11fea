import type { Middleware } from '@halyard/core'
import { timeLimitOf, type CallTimeout } from './call-timeout.ts'
import { TimeLimit } from './time-limit.ts'

/** The time of one attempt, from here to the head of its answer. */
export function attemptTimeout(attemptMs: number | false): Middleware<{ readonly timeout: CallTimeout }> {
  return {
    name: 'attempt-timeout',
    wrap: (next, runtime) => (request, call) => {
      const limitMs = timeLimitOf(call.options, 'attemptMs') ?? attemptMs
      return limitMs === false
        ? next(request, call)
        : new TimeLimit('attempt', limitMs, request, call, runtime).run(next, false)
    },
  }
}
