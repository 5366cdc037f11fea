import { describeTarget, type HeaderList, type HttpRequest, type HttpResponse } from '@halyard/core'
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
class DecodedResponse implements HttpResponse {
  readonly status: number
  readonly statusText: string
  readonly httpVersion: HttpResponse['httpVersion']
  readonly body: DecodedBody
  readonly #inner: HttpResponse
  #headers: HeaderList | undefined

  constructor(inner: HttpResponse, body: DecodedBody) {
    this.status = inner.status
    this.statusText = inner.statusText
    this.httpVersion = inner.httpVersion
    this.body = body
    this.#inner = inner
  }

  get headers(): HeaderList {
    this.#headers ??= this.#inner.headers.without('content-encoding').without('content-length')
    return this.#headers
  }

  get url(): URL {
    return this.#inner.url
  }

  trailers(): Promise<HeaderList> {
    return this.#inner.trailers()
  }
}
