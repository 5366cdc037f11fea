import type { HttpRequest } from '@halyard/core'
import type { RequestCoding } from './codec.ts'
import { compressBody } from './compress-body.ts'

/** Shorter ones gain nothing: they fit into a packet. */
const leastBytes = 1024
/** Fields that speak of the content as it is: it has a coding, is a part of one, or has a digest (RFC 9530). */
const speakOfContent = ['content-encoding', 'content-range', 'content-digest', 'repr-digest', 'content-md5'] as const

/** The request with its body compressed, or as it is where that would be wrong or gain nothing. */
export function compressedRequest(request: HttpRequest, coding: RequestCoding): HttpRequest {
  const { body, headers } = request
  if (body === undefined || (body.length ?? leastBytes) < leastBytes) return request
  if (speakOfContent.some((name) => headers.has(name))) return request
  const compressed = compressBody(body, coding)
  if (compressed.length !== undefined && body.length !== undefined && compressed.length >= body.length) return request
  return request.with({
    headers: headers.without('content-length').with('content-encoding', coding),
    body: compressed,
  })
}
