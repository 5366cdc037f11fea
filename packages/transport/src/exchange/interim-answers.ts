import type { Call } from '@halyard/core'
import { tooManyInterim } from './exchange-errors.ts'
import { ResponseFields, type FieldRecord } from './response-fields.ts'

/**
 * Tells a call's `onInformational` of a 1xx answer, the `count`th.
 * @throws TransportError where there are more than `limit`; whatever the listener throws.
 */
export function tellInterim(
  call: Call,
  target: string,
  status: number,
  fields: FieldRecord,
  count: number,
  limit: number,
): void {
  if (count > limit) throw tooManyInterim(target, limit)
  const listener = Object.hasOwn(call.options, 'onInformational') ? call.options['onInformational'] : undefined
  if (typeof listener === 'function') listener(status, new ResponseFields(fields))
}
