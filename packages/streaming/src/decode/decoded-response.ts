import { describeTarget, type HeaderList, type HttpRequest, type HttpResponse } from '@halyard/core'
import { ResponseWithBody } from '../body/response-with-body.ts'
import { parseCodings } from './content-coding.ts'
import type { DecodeLimits } from './decode-ledger.ts'
import type { DecodeSettings } from './decode-options.ts'
import { DecodedBody } from './decoded-body.ts'

/**
 * The response with its body decoded. As it came where there is nothing to decode: no body, a part of one, which cannot be
 * decoded alone, or a coding that is not known.
 */
export function decodedResponse(response: HttpResponse, request: HttpRequest, settings: DecodeSettings): HttpResponse {
  const { status, headers, body: inner } = response
  if (request.method === 'HEAD' || status === 204 || status === 206 || status === 304) return response
  if (headers.get('content-length') === '0') return response
  const codings = parseCodings(headers.getAll('content-encoding'))
  if (codings === undefined || codings.length === 0) return response
  const { maxCodings, maxDecodedBytes, maxBufferedBytes, maxRatio } = settings
  const streamLimits: DecodeLimits = {
    maxBytes: maxDecodedBytes,
    maxBytesOption: 'compression.maxDecodedBytes',
    maxRatio,
  }
  const wholeLimits: DecodeLimits =
    maxDecodedBytes < maxBufferedBytes
      ? streamLimits
      : { maxBytes: maxBufferedBytes, maxBytesOption: 'limits.bodyBytes', maxRatio }
  const target = describeTarget(request)
  return new DecodedResponse(
    response,
    new DecodedBody({ inner, codings, maxCodings, wholeLimits, streamLimits, target }),
  )
}

/** Its headers say what its body is now: `content-encoding` and `content-length` are those of the encoded one. */
class DecodedResponse extends ResponseWithBody {
  #headers: HeaderList | undefined

  override get headers(): HeaderList {
    this.#headers ??= super.headers.without('content-encoding').without('content-length')
    return this.#headers
  }
}
