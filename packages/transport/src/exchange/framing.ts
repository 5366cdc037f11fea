import { ConfigError, type HttpRequest } from '@halyard/core'
import type { FieldRecord } from './response-fields.ts'

/** Fields that say how a message is framed or a connection used: ours to write (RFC 9110 §7.6.1, RFC 9112 §6). */
const ownFields = new Set([
  'transfer-encoding',
  'keep-alive',
  'upgrade',
  'expect',
  'http2-settings',
  'proxy-connection',
])
/** Methods whose requests commonly have a body; undici ends the connection after a body with another method. */
const payloadMethods = new Set(['POST', 'PUT', 'PATCH', 'QUERY', 'PROPFIND', 'PROPPATCH'])

/**
 * Refuses headers that would contradict the message's framing (RFC 9112 §6.3: request smuggling).
 * @throws ConfigError
 */
export function checkFraming(request: HttpRequest): void {
  const flat = request.headers.toFlat()
  let lengths = 0
  for (let at = 0; at < flat.length; at += 2) {
    const name = flat[at] ?? ''
    // Most fields are none of these, and have other lengths.
    if (name.length < 4 || name.length > 17) continue
    const lower = name.toLowerCase()
    if (lower === 'content-length') {
      lengths += 1
      checkLength(flat[at + 1] ?? '', lengths, request)
    } else if (ownFields.has(lower)) {
      throw new ConfigError({
        option: `headers["${name}"]`,
        value: name,
        expected: 'no field that frames the message: the transport writes it',
      })
    }
  }
}

function checkLength(value: string, count: number, request: HttpRequest): void {
  const option = 'headers["content-length"]'
  if (count > 1) throw new ConfigError({ option, value, expected: 'one value' })
  if (!/^\d{1,15}$/.test(value)) throw new ConfigError({ option, value, expected: 'decimal digits' })
  const length = request.body === undefined ? 0 : request.body.length
  if (length !== undefined && Number(value) !== length) {
    throw new ConfigError({ option, value, expected: `the length of the body (${length})` })
  }
}

/** The length that goes with the body of a request, from whoever knows it. */
export function declaredLength({ body, headers }: HttpRequest): number | undefined {
  if (body?.length !== undefined) return body.length
  const header = headers.get('content-length')
  return header === undefined ? undefined : Number(header)
}

/** Whether undici ends an HTTP/1 connection after this request. */
export function endsConnection(request: HttpRequest): boolean {
  if (request.method === 'HEAD') return true
  return request.body !== undefined && !payloadMethods.has(request.method)
}

/** Whether a server leaves the connection open after an answer (RFC 9112 §9.3). */
export function keepsAlive(version: '1.0' | '1.1' | '2', connection: string | readonly string[] | undefined): boolean {
  if (version === '2') return true
  if (connection === undefined) return version === '1.1'
  const options = typeof connection === 'string' ? connection : connection.join(',')
  if (/(?:^|,)\s*close\s*(?:,|$)/i.test(options)) return false
  return version === '1.1' || /(?:^|,)\s*keep-alive\s*(?:,|$)/i.test(options)
}

function single(value: string | readonly string[] | undefined): string {
  return (typeof value === 'string' ? value : value?.[0]) ?? ''
}

export interface AnswerFraming {
  /** Whether the server leaves the connection open. */
  readonly keepsAlive: boolean
  /** Of the body, where it was announced. */
  readonly length: number | undefined
  /** RFC 9112 §6.3: only the end of the connection ends such a body, and only an orderly end. */
  readonly endsByClose: boolean
}

/** What the head of an answer says of its body and connection. */
export function answerFraming(
  method: string,
  status: number,
  version: '1.0' | '1.1' | '2',
  fields: FieldRecord,
): AnswerFraming {
  const announced = Number(single(fields['content-length']) || Number.NaN)
  // RFC 9110 §8.6: in answers without a body it is the length of another one.
  const applies = Number.isSafeInteger(announced) && method !== 'HEAD' && status !== 304
  return {
    keepsAlive: keepsAlive(version, fields['connection']),
    length: applies ? announced : undefined,
    endsByClose: version !== '2' && Number.isNaN(announced) && fields['transfer-encoding'] === undefined,
  }
}
