import type { HttpRequest, HttpResponse } from '@halyard/core'
import type { FallbackHandler } from './fallback-handler.ts'

/** The statuses that RFC 5861 §4 calls an error. */
const errorStatuses = new Set([500, 502, 503, 504])

/**
 * A fallback that answers with what `find` still has of an earlier answer, where there is none or it is a 500, 502, 503 or
 * 504 (RFC 5861 §4). Only for GET and HEAD. How old an answer may be is for `find` to say.
 *
 * @example
 * ```ts
 * fallback(staleIfError((request) => lastAnswers.get(request.url.href)))
 * ```
 */
export function staleIfError(
  find: (request: HttpRequest) => HttpResponse | undefined | Promise<HttpResponse | undefined>,
): FallbackHandler {
  return ({ response }, request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return undefined
    return response === undefined || errorStatuses.has(response.status) ? find(request) : undefined
  }
}
