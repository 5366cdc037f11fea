import type { Middleware } from '@halyard/core'
import { InboundLimit } from './inbound-limit.ts'
import { inboundLeftMs } from './inbound-context.ts'

/**
 * Takes over the deadline of {@link withInboundDeadline}: nobody waits for what comes later. A call ends at it with a
 * `TimeoutError` of the phase `total`, its body included; one that begins after it is not sent. The call's own deadline
 * holds where it is earlier. Stands inside of the layer that sets that one.
 */
export function inboundDeadline(): Middleware {
  return {
    name: 'inbound-deadline',
    wrap: (next, runtime) => (request, call) => {
      const leftMs = inboundLeftMs()
      if (leftMs === undefined) return next(request, call)
      const { deadlineAt } = call
      if (deadlineAt !== undefined && deadlineAt <= runtime.now() + leftMs) return next(request, call)
      return new InboundLimit(leftMs, request, call, runtime).run(next)
    },
  }
}
