import {
  AbortedError,
  BodyError,
  HttpError,
  RejectedError,
  TimeoutError,
  TransportError,
  type HttpRequest,
  type Sent,
  type TransportFacts,
} from '@halyard/core'

type Row = readonly [code: TransportFacts['code'], reason: string, words: string]

/** Node's and undici's codes, and what they mean here; those of TLS are in `connect/tls/tls-failure.ts`. */
const table: ReadonlyMap<string, Row> = new Map<string, Row>([
  ['ECONNREFUSED', ['connect', 'refused', 'the connection was refused']],
  ['ENOTFOUND', ['connect', 'dns', 'the name could not be resolved']],
  ['EAI_AGAIN', ['connect', 'dns', 'the name could not be resolved for now']],
  ['EAI_FAIL', ['connect', 'dns', 'the name could not be resolved']],
  ['EHOSTUNREACH', ['connect', 'unreachable', 'the host cannot be reached']],
  ['ENETUNREACH', ['connect', 'unreachable', 'the network cannot be reached']],
  ['EHOSTDOWN', ['connect', 'unreachable', 'the host is down']],
  ['EADDRNOTAVAIL', ['connect', 'local', 'no local address or port is free']],
  ['EMFILE', ['connect', 'local', 'the process has too many open files']],
  ['ENOENT', ['connect', 'refused', 'the unix socket does not exist']],
  ['EACCES', ['connect', 'local', 'the socket may not be opened']],
  ['ETIMEDOUT', ['connect', 'unreachable', 'the system gave up']],
  ['ECONNRESET', ['socket', 'reset', 'the connection was reset']],
  ['ECONNABORTED', ['socket', 'reset', 'the connection was aborted']],
  ['EPIPE', ['socket', 'closed', 'the server closed the connection']],
  ['UND_ERR_SOCKET', ['socket', 'closed', 'the server closed the connection']],
  ['UND_ERR_INFO', ['socket', 'closed', 'the connection was closed']],
  ['ERR_HTTP2_STREAM_ERROR', ['socket', 'stream-reset', 'the server reset the stream']],
  ['ERR_HTTP2_SESSION_ERROR', ['socket', 'closed', 'the server ended the HTTP/2 session']],
  ['ERR_HTTP2_GOAWAY_SESSION', ['socket', 'closed', 'the server is going away']],
  ['ERR_HTTP2_INVALID_SESSION', ['socket', 'closed', 'the HTTP/2 session has ended']],
  ['ERR_HTTP2_STREAM_CANCEL', ['socket', 'cut', 'the HTTP/2 stream ended before the answer did']],
  ['ERR_HTTP2_ERROR', ['protocol', 'http2', 'the server broke the rules of HTTP/2']],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', ['socket', 'cut', 'the body is not as long as its content-length says']],
  ['HALYARD_CONNECTION_GONE', ['socket', 'closed', 'the server is going away']],
  ['HALYARD_STREAM_REFUSED', ['socket', 'refused', 'the server refused the request unseen']],
  ['HALYARD_SOCKET_CLOSED', ['socket', 'closed', 'the server closed the connection']],
  ['HALYARD_PEER_SILENT', ['socket', 'silent', 'the server does not answer any more']],
  ['HALYARD_NO_H2', ['protocol', 'http2', 'the server does not speak HTTP/2']],
])

function codeOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string')
    return error.code
  // An address race that failed everywhere: the first failure with a code speaks for all.
  if (error instanceof AggregateError) return error.errors.map(codeOf).find((code) => code !== '') ?? ''
  return ''
}

function detail(error: unknown): string {
  if (!(error instanceof Error) || error.message === '') return ''
  // OpenSSL's messages begin with a thread's number and end with a line.
  return ` (${error.message.replace(/^[0-9A-F]+:error:/, '').trim()})`
}

/** The error of a connection that could not be made. */
export function connectFailure(error: unknown, target: string): HttpError {
  if (error instanceof HttpError) return error
  const code = codeOf(error)
  const row = table.get(code) ?? (code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS') ? tlsRow : unknownConnectRow)
  // Whatever broke, it broke while connecting.
  const kind = row[0] === 'socket' ? 'connect' : row[0]
  return new TransportError(`${target}: ${row[2]}${detail(error)}`, {
    code: kind,
    reason: row[1],
    sent: 'no',
    target,
    cause: error,
  })
}

const tlsRow: Row = ['tls', 'handshake', 'the TLS handshake failed']
const unknownConnectRow: Row = ['connect', 'unknown', 'the connection could not be made']
const unknownRow: Row = ['socket', 'unknown', 'the exchange failed']

export interface ExchangeProgress {
  readonly target: string
  readonly sent: Sent
  readonly headReceived: boolean
  readonly receivedBytes: number
  readonly expectedBytes: number | undefined
  readonly reusedConnection: boolean
}

/** What had arrived when an exchange failed, in words. */
export function describeProgress(progress: ExchangeProgress): string {
  if (!progress.headReceived) return 'no response headers had arrived'
  const of = progress.expectedBytes === undefined ? '' : ` of ${progress.expectedBytes}`
  return `the response headers and ${progress.receivedBytes}${of} bytes of the body had arrived`
}

/** The error of an exchange that undici reports as failed. */
export function exchangeFailure(error: unknown, progress: ExchangeProgress): HttpError {
  if (error instanceof HttpError) return error
  const { target, receivedBytes, reusedConnection } = progress
  const code = codeOf(error)
  const facts = { sent: progress.sent, target, cause: error, receivedBytes, reusedConnection }
  const words = describeProgress(progress)
  switch (code) {
    case 'UND_ERR_HEADERS_OVERFLOW':
      return new BodyError(`${target}: the response headers are larger than limits.headerBytes allows`, {
        ...facts,
        code: 'too-large',
      })
    case 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH':
      return lengthMismatch(error, facts)
    case 'UND_ERR_ABORTED':
    case 'UND_ERR_DESTROYED':
    case 'UND_ERR_CLOSED':
      return new AbortedError(`${target}: the client was closed; ${words}`, facts)
    case 'UND_ERR_INVALID_ARG':
    case 'UND_ERR_NOT_SUPPORTED':
      return new BodyError(`${target}: the request cannot be sent${detail(error)}`, {
        ...facts,
        code: 'encode',
        sent: 'no',
      })
  }
  if (code.startsWith('HPE_') || isParserError(error)) {
    return new TransportError(`${target}: the answer is not HTTP${detail(error)}; ${words}`, {
      ...facts,
      cause: undefined,
      code: 'protocol',
      reason: 'malformed',
    })
  }
  const row = table.get(code) ?? unknownRow
  // undici says `closed` of bodies that end early, too.
  const kind = row[0] === 'connect' ? 'socket' : row[0]
  const unasked = error instanceof Error && /^bad (?:response|upgrade)$/.test(error.message)
  if (unasked) {
    return new TransportError(`${target}: the answer is not HTTP${detail(error)}; ${words}`, {
      ...facts,
      code: 'protocol',
      reason: 'malformed',
    })
  }
  return new TransportError(`${target}: ${row[2]}${detail(error)}; ${words}`, { ...facts, code: kind, reason: row[1] })
}

/** undici's parser errors carry the bytes that it choked on: they are the server's, and perhaps secret. */
function isParserError(error: unknown): boolean {
  return error instanceof Error && error.name === 'HTTPParserError'
}

/** Whether `error` says that the connection broke, and nothing of what went over it. */
export function isDeadConnection(error: unknown): boolean {
  return ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'HALYARD_SOCKET_CLOSED', 'ECONNABORTED'].includes(codeOf(error))
}

/** Whether the request's own body was not as long as it was said to be. */
export function isLengthMismatch(error: unknown): boolean {
  return codeOf(error) === 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH'
}

/** The error of such a body. */
export function lengthMismatch(cause: unknown, { target, sent }: Pick<ExchangeProgress, 'target' | 'sent'>): BodyError {
  const message = `${target}: the request body is not as long as it was said to be`
  return new BodyError(message, { code: 'encode', sent, target, cause })
}

/** RFC 9113 §6.8, §8.7: the server said that it did not act on the stream. */
export function isRefused(error: unknown): boolean {
  return ['HALYARD_CONNECTION_GONE', 'HALYARD_STREAM_REFUSED'].includes(codeOf(error))
}

/**
 * Whether nothing of a small request can have left: the one write of it failed on a socket whose earlier data was all
 * acknowledged. A kernel takes so few bytes whole or not at all.
 */
export function neverLeft(error: unknown, request: HttpRequest): boolean {
  const wrote = error instanceof Error && 'syscall' in error && error.syscall === 'write' && codeOf(error) === 'EPIPE'
  return wrote && (request.body === undefined || (request.body.length ?? Infinity) <= 4_096)
}

/** The same error about one request: several can wait for one connection that fails. */
export function forRequest(error: HttpError, target: string): HttpError {
  const message = error.message.startsWith(error.target)
    ? target + error.message.slice(error.target.length)
    : error.message
  if (error instanceof TransportError) {
    return new TransportError(message, {
      code: error.code,
      reason: error.reason,
      sent: 'no',
      target,
      cause: error.cause,
      certificate: error.certificate,
      status: error.status,
      excerpt: error.excerpt,
    })
  }
  if (error instanceof RejectedError) {
    return new RejectedError(message, { by: error.by, transient: error.transient, sent: 'no', target })
  }
  if (error instanceof TimeoutError) {
    return new TimeoutError(message, {
      phase: error.phase,
      limitMs: error.limitMs,
      sent: 'no',
      target,
      cause: error.cause,
    })
  }
  return error instanceof AbortedError ? new AbortedError(message, { sent: 'no', target, cause: error.cause }) : error
}
