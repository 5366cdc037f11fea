import { BodyError } from '@halyard/core'

/** RFC 9110 §5.5: what no field value may have. */
const illegalInValue = /[^\t\x20-\x7e\x80-\xff]/

/**
 * An id as the value of `last-event-id`: UTF-8, each byte a character. Nothing for an empty one (HTML §9.2.3).
 * @throws BodyError `decode` for an id with control characters: without it the server would begin somewhere else.
 */
export function lastEventIdField(id: string, target: string): string | undefined {
  if (id === '') return undefined
  const value = Buffer.from(id, 'utf8').toString('latin1')
  if (!illegalInValue.test(value)) return value
  throw new BodyError(`${target}: the server's event id has control characters, and cannot be sent back to it`, {
    code: 'decode',
    sent: 'yes',
    target,
  })
}
