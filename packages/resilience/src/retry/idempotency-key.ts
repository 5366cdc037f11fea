import { ConfigError, type Call, type HttpRequest } from '@halyard/core'
import { carryKeyIn } from '../outcome/index.ts'

/**
 * The request with the key of the call, if the call wants one and the request has none yet. Made before the first attempt:
 * the key is the same for all.
 * @throws ConfigError
 */
export function withIdempotencyKey(request: HttpRequest, call: Call, header: string): HttpRequest {
  carryKeyIn(header, call)
  const own = Object.hasOwn(call.options, 'idempotencyKey') ? call.options['idempotencyKey'] : undefined
  if (own === undefined || request.headers.has(header)) return request
  if (own !== true && (typeof own !== 'string' || own.trim() === '')) {
    const value = typeof own === 'string' ? 'an empty string' : own
    throw new ConfigError({ option: 'idempotencyKey', value, expected: 'true or a string that is not empty' })
  }
  // The platform's own: it must be unique among all clients, which chance that tests hold is not.
  return request.with({ headers: request.headers.with(header, own === true ? crypto.randomUUID() : own) })
}
