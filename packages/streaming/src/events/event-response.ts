import { BodyError, type Clock, type HttpResponse, parseMediaType } from '@halyard/core'

/** Whether a response is the event stream that was asked for. */
export function isEventStream({ headers }: HttpResponse): boolean {
  return parseMediaType(headers.get('content-type'))?.essence === 'text/event-stream'
}

/** The error of an answer that is none. */
export function noEventStream({ status, headers }: HttpResponse, target: string): BodyError {
  const type = parseMediaType(headers.get('content-type'))?.essence.slice(0, 100)
  const came = type === undefined ? 'has no content type' : `is ${type}`
  return new BodyError(`${target}: the response (status ${status}) ${came}; asked for text/event-stream`, {
    code: 'decode',
    sent: 'yes',
    target,
  })
}

/**
 * Lets go of a response at once. Its `discard` reads a little, to keep the connection: of an event stream that may take
 * hours.
 */
export async function leaveResponse({ body }: HttpResponse): Promise<void> {
  try {
    await body.stream()[Symbol.asyncIterator]().return?.()
  } catch {
    // It was read already.
  }
  await body.discard()
}

/** Milliseconds that a `retry-after` asks for (RFC 9110 §10.2.3), given in seconds or as a date. */
export function retryAfterMs({ headers }: HttpResponse, clock: Clock): number | undefined {
  const value = headers.get('retry-after')?.trim()
  if (value === undefined) return undefined
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - clock.date())
}
