import { BodyError } from '@halyard/core'
import { partFields } from './checked-part.ts'
import type { PartFields, PartInit } from './part-init.ts'

/**
 * A part that holds JSON, as `application/json` unless another type is given.
 * @throws BodyError with code `encode` for a value that JSON cannot hold.
 */
export function jsonPart(value: unknown, options: PartFields = {}): PartInit {
  const fields = partFields(options, '')
  return { ...fields, mediaType: fields.mediaType ?? 'application/json', body: jsonText(value) }
}

function jsonText(value: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (cause) {
    throw fault(cause)
  }
  if (text === undefined) throw fault(undefined)
  return text
}

function fault(cause: unknown): BodyError {
  return new BodyError('the value of a part cannot be written as JSON', {
    code: 'encode',
    sent: 'no',
    target: '',
    cause,
  })
}
