import { CallContext, callKey, type CallKey, type Middleware } from '@halyard/core'
import { timeLimitOf, type CallTimeout } from './call-timeout.ts'
import { TimeLimit } from './time-limit.ts'

/** The deadline of a call, where a layer keeps it. */
const deadlineKey: CallKey<TimeLimit> = callKey('deadline')

/**
 * The total time of a call: queueing, sleeps, redirects and the body included.
 * A reader that streams takes the body out of it, unless the limit was given on the call itself.
 *
 * A call that goes on with another may have a deadline already: the earlier one counts.
 *
 * With `keptInside` everything below ends by itself at `call.deadlineAt`: then this only says when that is.
 */
export function deadline(totalMs: number | false, keptInside: boolean): Middleware<{ readonly timeout: CallTimeout }> {
  return {
    name: 'deadline',
    wrap: (next, runtime) => (request, call) => {
      const own = timeLimitOf(call.options, 'totalMs')
      const limitMs = own ?? totalMs
      if (limitMs === false) return next(request, call)
      if (keptInside && call instanceof CallContext && !readsAhead(call)) {
        call.deadlineMs = limitMs
        call.deadlineAt = Math.min(runtime.now() + limitMs, call.deadlineAt ?? Infinity)
        return next(request, call)
      }
      const limit = new TimeLimit('total', limitMs, request, call, runtime)
      if (own === undefined) call.set(deadlineKey, limit)
      // For requests that go on with this one.
      else if (call instanceof CallContext)
        call.deadlineAt = Math.min(runtime.now() + limitMs, call.deadlineAt ?? Infinity)
      return limit.run(next, true)
    },
  }
}

/** Its body is read into memory before there is an exchange that could keep the time. */
function readsAhead({ options }: CallContext): boolean {
  return Object.hasOwn(options, 'chunking') && options['chunking'] === 'never'
}

/** A reader streams: from here on only the call's own limit rules its body. */
export function releaseDeadline(call: CallContext): void {
  if (call.deadlineAt === undefined) call.get(deadlineKey)?.release()
  else if (timeLimitOf(call.options, 'totalMs') === undefined) call.deadlineAt = undefined
}
