import {
  bytesBody,
  DeadlineReason,
  describeTarget,
  httpRequest,
  isHttpError,
  type CallContext,
  type HeaderList,
  type HttpRequest,
  type HttpResponse,
  type Runtime,
} from '@halyard/core'
import { encodeForm, type FormFields } from './form.ts'
import type { ResolvedHttp } from './http-options.ts'
import { TokenFailure } from './oauth2-error.ts'
import { wanted } from './wanted.ts'

/** Through whom, and for how long. */
export interface Session {
  readonly runtime: Runtime
  /** Of the work that several calls may wait for. */
  readonly call: CallContext
  readonly http: ResolvedHttp
}

/** An answer, read to its end. */
export interface Reply {
  readonly status: number
  readonly headers: HeaderList
  readonly text: string
}

/** Of responses that were made by hand. */
const unknownUrl = 'http://localhost/'

/** Sends a form (RFC 6749 §3.2). */
export function postForm(url: URL, fields: FormFields, headers: HeaderList, session: Session): Promise<Reply> {
  const body = bytesBody(new TextEncoder().encode(encodeForm(fields)))
  const typed = headers.with('accept', 'application/json').with('content-type', 'application/x-www-form-urlencoded')
  return exchange('POST', url, typed, session, body)
}

/** Asks for a document. */
export function getDocument(url: URL, session: Session): Promise<Reply> {
  return exchange('GET', url, session.http.headers.with('accept', 'application/json'), session)
}

/** One request and its whole answer, within the limits. A redirect is an answer like any other. */
async function exchange(
  method: string,
  url: URL,
  headers: HeaderList,
  session: Session,
  body?: HttpRequest['body'],
): Promise<Reply> {
  const { runtime, http } = session
  const request = httpRequest({ method, origin: url.origin, path: url.pathname + url.search, headers, body })
  const call = session.call.fork()
  call.deadlineMs = http.timeoutMs
  call.deadlineAt = runtime.now() + http.timeoutMs
  const stop = runtime.after(http.timeoutMs, () => call.cancel(new DeadlineReason('total', http.timeoutMs)))
  try {
    const send = http.via ?? runtime.send
    const response = await wanted(send(request, call), call, runtime, (late) => void late.body.discard())
    if (response === undefined) throw unanswered(request, session)
    const text = await wanted(readWithin(response, http.maxBytes, request), call, runtime)
    if (text === undefined) {
      void response.body.discard()
      throw unanswered(request, session)
    }
    // A handler that follows redirects brought the secret elsewhere: its answer is not taken.
    if (![request.url.href, unknownUrl].includes(response.url.href)) {
      throw new TokenFailure(`${describeTarget(request)} was redirected, which is not allowed there`)
    }
    return { status: response.status, headers: response.headers, text }
  } catch (error) {
    if (!isHttpError(error)) throw error
    throw new TokenFailure(`${describeTarget(request)} failed: ${error.code}`, { exchange: error })
  } finally {
    stop()
  }
}

function unanswered(request: HttpRequest, { call, http }: Session): TokenFailure {
  const target = describeTarget(request)
  if (call.cancelled) return new TokenFailure(`${target} was given up: the client is closed`)
  return new TokenFailure(`${target} was not answered within ${http.timeoutMs} ms`)
}

async function readWithin(response: HttpResponse, maxBytes: number, request: HttpRequest): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body.stream()) {
    size += chunk.byteLength
    // Leaving the loop closes the exchange.
    if (size > maxBytes) {
      throw new TokenFailure(`${describeTarget(request)} answered more than ${maxBytes} bytes`, {
        status: response.status,
      })
    }
    chunks.push(chunk.slice())
  }
  return Buffer.concat(chunks, size).toString('utf8')
}
