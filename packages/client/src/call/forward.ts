import { ConfigError } from '@halyard/core'
import type { BodyInit } from '../body/encode-body.ts'

/** An `http.IncomingMessage`, as far as it is used. */
export interface IncomingLike extends AsyncIterable<Uint8Array> {
  readonly method?: string | undefined
  readonly rawHeaders: readonly string[]
}

/** RFC 9110 §7.6.1: fields of one connection; and those that the new request makes anew. */
const notForwarded = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'host',
  'expect',
  'content-length',
])

export interface Forwarded {
  readonly method: string
  readonly headers: [name: string, value: string][]
  readonly body: BodyInit
}

/** Verb, headers and body of an inbound request, ready to be sent on. @throws ConfigError */
export function forwarded(incoming: IncomingLike | Request): Forwarded {
  const isIncoming = isIncomingLike(incoming)
  if (!isIncoming && !isFetchRequest(incoming)) {
    throw new ConfigError({
      option: 'incoming',
      value: incoming,
      expected: 'an http.IncomingMessage or a fetch Request',
    })
  }
  const all: [string, string][] = isIncoming ? pairs(incoming.rawHeaders) : [...incoming.headers]
  const listed = all
    .filter(([name]) => name.toLowerCase() === 'connection')
    .flatMap(([, value]) => value.toLowerCase().split(/\s*,\s*/))
  const dropped = new Set([...notForwarded, ...listed])
  const hasBody = isIncoming
    ? all.some(([name]) => /^(?:content-length|transfer-encoding)$/i.test(name))
    : incoming.body !== null
  const length = all.find(([name]) => name.toLowerCase() === 'content-length')?.[1]
  const source: unknown = isIncoming ? incoming : incoming.body
  return {
    method: incoming.method ?? 'GET',
    headers: all.filter(([name]) => !dropped.has(name.toLowerCase()) && !name.startsWith(':')),
    body: hasBody && length !== '0' ? source : undefined,
  }
}

function pairs(flat: readonly string[]): [string, string][] {
  const list: [string, string][] = []
  for (let at = 0; at < flat.length; at += 2) list.push([flat[at] ?? '', flat[at + 1] ?? ''])
  return list
}

function isIncomingLike(value: unknown): value is IncomingLike {
  return typeof value === 'object' && value !== null && 'rawHeaders' in value && Array.isArray(value.rawHeaders)
}

function isFetchRequest(value: unknown): value is Request {
  return (
    typeof value === 'object' &&
    value !== null &&
    'headers' in value &&
    'method' in value &&
    'body' in value &&
    value.headers instanceof Headers
  )
}
