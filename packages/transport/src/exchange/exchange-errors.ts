import { AbortedError, BodyError, TimeoutError, TransportError, type TimeoutPhase } from '@halyard/core'
import { describeProgress, isLengthMismatch, lengthMismatch, type ExchangeProgress } from './failure-table.ts'

const words: Readonly<Partial<Record<TimeoutPhase, string>>> = {
  queue: 'no free connection',
  headers: 'no response headers',
  idle: 'nothing moved',
}

/** The error of a phase that took too long. */
export function phaseTimeout(
  phase: TimeoutPhase,
  limitMs: number,
  attempt: number,
  progress: ExchangeProgress,
): TimeoutError {
  const { target, sent, receivedBytes } = progress
  const which = attempt === 0 ? '' : ` (attempt ${attempt + 1})`
  const arrived = phase === 'idle' ? `; ${describeProgress(progress)}` : ''
  const message = `${target}: ${words[phase] ?? phase} within ${limitMs} ms${which}${arrived}`
  return new TimeoutError(message, { phase, limitMs, sent, target, receivedBytes })
}

/** The error of header or trailer fields beyond `limits.headerBytes`. */
export function fieldsTooLarge(what: 'headers' | 'trailers', limit: number, { target }: ExchangeProgress): BodyError {
  const message = `${target}: the response ${what} are larger than limits.headerBytes (${limit})`
  return new BodyError(message, { code: 'too-large', sent: 'yes', target })
}

/** The error of a request body that its source could not give. */
export function sourceFailure(
  what: 'could not be opened' | 'failed while it was sent',
  cause: unknown,
  code: 'encode' | 'not-replayable',
  { target, sent }: ExchangeProgress,
): BodyError {
  if (isLengthMismatch(cause)) return lengthMismatch(cause, { target, sent })
  const why = cause instanceof Error ? ` (${cause.message})` : ''
  return new BodyError(`${target}: the request body ${what}${why}`, { code, sent, target, cause })
}

/** The error of a server that goes on announcing and never answers. */
export function tooManyInterim(target: string, limit: number): TransportError {
  return new TransportError(`${target}: more than ${limit} interim responses (limits.interimResponses)`, {
    code: 'protocol',
    reason: 'interim-flood',
    sent: 'yes',
    target,
  })
}

/** The error of an exchange that somebody on this side ended. */
export function givenUp(why: string, progress: ExchangeProgress, cause?: unknown): AbortedError {
  const { target, sent } = progress
  return new AbortedError(`${target}: ${why}; ${describeProgress(progress)}`, { sent, target, cause })
}
