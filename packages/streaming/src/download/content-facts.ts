import type { HttpResponse, ResponseBody } from '@halyard/core'
import { parseContentLength } from './content-range.ts'

/** A body that was decoded on its way, and lets others see what it was before. */
export interface EncodedBody extends ResponseBody {
  readonly codings: readonly string[]
  onEncoded(listener: (chunk: Uint8Array) => void): void
}

/** Whether a body is decoded on its way, by whichever copy of `decodeContent`. */
export function isEncoded(body: ResponseBody): body is EncodedBody {
  return 'codings' in body && Array.isArray(body.codings) && 'onEncoded' in body && typeof body.onEncoded === 'function'
}

/** Whether the bytes that come are not those that ranges of the file count: coded, or decoded. */
export function isCoded({ headers, body }: HttpResponse): boolean {
  if (isEncoded(body)) return true
  return headers.getAll('content-encoding').some((codings) => !/^(?:[\t ,]|identity)*$/i.test(codings))
}

/** How many bytes are to come; `undefined` where the server does not say. */
export function announcedBytes({ headers, body }: HttpResponse): number | undefined {
  return isEncoded(body) ? undefined : parseContentLength(headers.get('content-length'))
}
