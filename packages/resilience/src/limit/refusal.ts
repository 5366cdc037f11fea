import { describeTarget, RejectedError, type Runtime } from '@halyard/core'
import { sentSoFar } from '../outcome/index.ts'
import type { LimitEvent, LimitKind, LimitReason } from './limit-event.ts'
import type { Waiting } from './waiting.ts'

/** The error for a call that a limit refuses, which is told. */
export function refusal(
  { request, call, runtime }: Pick<Waiting, 'request' | 'call' | 'runtime'>,
  limit: LimitKind,
  reason: LimitReason,
  words: string,
): RejectedError {
  tellLimit(runtime, () => ({ type: 'rejected', limit, origin: request.origin, reason }))
  const target = describeTarget(request)
  const by = limit === 'rate' ? 'rate' : 'bulkhead'
  return new RejectedError(`${target}: ${words}`, { by, sent: sentSoFar(call), target })
}

/** Tells an event, which is made only if somebody listens. */
export function tellLimit({ events }: Pick<Runtime, 'events'>, make: () => LimitEvent): void {
  if (events.listening('limit')) events.emit('limit', make())
}
