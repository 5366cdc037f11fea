import type { Call, HttpHandler, HttpRequest, HttpResponse, Middleware } from '@halyard/core'
import { withAcceptEncoding } from './accept-encoding.ts'
import { CompressedBody } from './compress-body.ts'
import { compressedRequest } from './compressed-request.ts'
import {
  callSettings,
  decodeSettings,
  type DecodeCallOptions,
  type DecodeOptions,
  type DecodeSettings,
} from './decode-options.ts'
import { decodedResponse } from './decoded-response.ts'

/**
 * Asks for compressed answers, decodes them as they are read, and compresses request bodies where that is wished
 * (RFC 9110 §8.4, §12.5.3). Understood are gzip, deflate (zlib and bare), br and zstd, and chains of them; an answer with
 * another coding comes as it is. A decoded answer has no `content-encoding` and no `content-length`, and its body is a
 * `DecodedBody`.
 *
 * Several members of gzip and frames of zstd are one text. Zeros may follow a gzip as padding; any other byte behind the
 * end of a coding is a `decode` error, as in curl and Go, where browsers drop it silently. A coding without a byte is an
 * empty body. What answers a range (206) comes as it is: a part cannot be decoded alone.
 *
 * @throws ConfigError
 */
export function decodeContent(options: DecodeOptions = {}): Middleware<DecodeCallOptions> {
  const defaults = decodeSettings(options)
  return {
    name: 'decode-content',
    wrap: (next) => (request, call) => {
      let settings: DecodeSettings
      let sent = request
      try {
        settings = callSettings(defaults, call.options)
        const headers = withAcceptEncoding(request.headers, settings, defaults)
        if (headers !== request.headers) sent = request.with({ headers })
        if (settings.request !== false) sent = compressedRequest(sent, settings.request)
      } catch (wrong) {
        return Promise.reject(wrong)
      }
      const { body } = sent
      const answer = body instanceof CompressedBody ? sendBody(next, sent, body, call) : next(sent, call)
      // Most answers come back as they are. Not an async function: this is on the way of every call.
      return answer.then((response) =>
        response.headers.has('content-encoding') ? decodedResponse(response, sent, settings) : response,
      )
    },
  }
}

/** A body that nobody came to read must not keep its source open. */
async function sendBody(
  next: HttpHandler,
  request: HttpRequest,
  body: CompressedBody,
  call: Call,
): Promise<HttpResponse> {
  try {
    return await next(request, call)
  } finally {
    await body.letGo()
  }
}
