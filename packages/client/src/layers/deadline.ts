import { callKey, type CallKey, type Middleware } from '@halyard/core'
import { timeLimitOf, type CallTimeout } from './call-timeout.ts'
import { TimeLimit } from './time-limit.ts'

/** The deadline of a call, for readers that stream: they release it. */
export const deadlineKey: CallKey<TimeLimit> = callKey('deadline')

/**
 * The total time of a call: queueing, sleeps, redirects and the body included.
 * A reader that streams takes the body out of it, unless the limit was given on the call itself.
 */
export function deadline(totalMs: number | false): Middleware<{ readonly timeout: CallTimeout }> {
  return {
    name: 'deadline',
    wrap: (next, runtime) => (request, call) => {
      const own = timeLimitOf(call.options, 'totalMs')
      const limitMs = own ?? totalMs
      if (limitMs === false) return next(request, call)
      const limit = new TimeLimit('total', limitMs, request, call, runtime)
      if (own === undefined) call.set(deadlineKey, limit)
      return limit.run(next, true)
    },
  }
}
