import { callKey, isHttpError, type Call, type CallKey, type Outcome, type Sent } from '@halyard/core'

const sentKey: CallKey<Sent> = callKey('sent-so-far')
const ranks: Readonly<Record<Sent, number>> = { no: 0, maybe: 1, yes: 2 }

/**
 * Whether the peer may have acted on the request, by one outcome alone. A refusal speaks of the whole call, for its caller;
 * the attempt that was refused was not sent. Only a balancer with nobody left refuses after it has sent.
 */
export function sentOf({ response, error }: Outcome): Sent {
  if (response !== undefined) return 'yes'
  if (!isHttpError(error)) return 'maybe'
  return isHttpError(error, 'rejected') && 'by' in error && error.by !== 'endpoints' ? 'no' : error.sent
}

/**
 * Whether any attempt of the call may have reached the peer so far: what a layer that refuses says in its error.
 * Knows what was noted by whoever sends again: {@link noteSent}.
 */
export function sentSoFar(call: Call): Sent {
  return call.get(sentKey) ?? 'no'
}

/** For whoever sends again: an attempt ended so (a hedge: is under way, `maybe`), and another begins. */
export function noteSent(call: Call, sent: Sent): void {
  if (ranks[sent] > ranks[sentSoFar(call)]) call.set(sentKey, sent)
}

/** The error that ends a call speaks of the whole call: one that was never sent itself may follow one that was. */
export function speakOfCall(error: unknown, call: Call): void {
  if (!isHttpError(error)) return
  const sent = sentSoFar(call)
  if (ranks[sent] > ranks[error.sent]) Object.defineProperty(error, 'sent', { value: sent })
}
