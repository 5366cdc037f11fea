import { constants, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
// The module and not the package: undici's entry point sets a global dispatcher for everybody's `fetch`, and loads
// three times the code.
import undiciSymbols from 'undici/lib/core/symbols.js'
import UndiciClient from 'undici/lib/dispatcher/client.js'

/** What is used of an undici client. Declared here, so that published types do not speak of undici. */
export interface Client {
  readonly stats: { readonly pending: number; readonly running: number }
  dispatch(options: object, handler: object): boolean
  destroy(error?: Error): Promise<void>
  on(event: 'connect' | 'disconnect' | 'connectionError' | 'drain' | 'error', listener: () => void): unknown
}

export interface ClientSettings {
  readonly headerBytes: number
  readonly idleTimeoutMs: number
  /** Whether the idle timeout is a limit, or a default that a server's `Keep-Alive: timeout=` may lengthen. */
  readonly idleTimeoutFixed: boolean
  readonly maxStreams: number
  readonly initialWindowBytes: number
  readonly pingIntervalMs: number
}

/** A server's hint may keep a connection idle this long, no longer. */
const longestHintMs = 60_000

/** Asks undici for a client whose only connection is `socket`: a second one is refused with `ConnectionGone`. */
export function clientOver(origin: string, socket: Socket, settings: ClientSettings, onGone: () => void): Client {
  let unused = true
  // All named, so that a polluted Object.prototype names none.
  const options: object = Object.assign(Object.create(null), {
    connect: (_options: unknown, callback: (error: Error | null, socket: Socket | null) => void): void => {
      if (unused) {
        unused = false
        // Not at once: the client looks for what to write only after its connector has returned.
        queueMicrotask(() => callback(null, socket))
      } else {
        // Before its requests are failed: they look for another connection, and must not find this one.
        onGone()
        queueMicrotask(() => callback(new ConnectionGone(), null))
      }
    },
    pipelining: 1,
    maxHeaderSize: settings.headerBytes,
    // Phases are timed by the exchange, to the millisecond; undici's timers tick twice a second.
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: settings.idleTimeoutMs,
    keepAliveMaxTimeout: settings.idleTimeoutFixed
      ? settings.idleTimeoutMs
      : Math.max(settings.idleTimeoutMs, longestHintMs),
    keepAliveTimeoutThreshold: 1_000,
    strictContentLength: true,
    allowH2: true,
    h2Options: Object.assign(Object.create(null), {
      maxConcurrentStreams: settings.maxStreams,
      pingInterval: settings.pingIntervalMs,
      connectionWindowSize: Math.max(2 * settings.initialWindowBytes, 524_288),
      initialWindowSize: settings.initialWindowBytes,
    }),
  })
  return new UndiciClient(origin, options)
}

/** Who is to hear that an answer was cut. */
export interface CutListener {
  onBroken(error: Error): void
}

/**
 * Tells of HTTP/2 streams that end without END_STREAM. To Node and undici these look like whole answers when the
 * connection breaks, or the server resets the stream with NO_ERROR or CANCEL.
 * `current` says whose stream is being opened.
 */
export function watchCuts(client: Client, current: () => CutListener | undefined): void {
  client.on('connect', () => {
    const session: ClientHttp2Session | null | undefined = Reflect.get(client, undiciSymbols.kHTTP2Session)
    if (session === null || session === undefined) return
    const request = session.request.bind(session)
    session.request = (...args) => {
      const stream = request(...args)
      watchCut(stream, current())
      cancelProperly(stream)
      return stream
    }
  })
}

/**
 * undici gives a stream up by `close()`, which ends the request body as if it were whole, and resets the stream without
 * an error: a server would act on a part of an upload, and go on with its answer. RFC 9113 §8.1, §7: CANCEL.
 */
function cancelProperly(stream: ClientHttp2Stream): void {
  const close = stream.close.bind(stream)
  stream.close = (code = constants.NGHTTP2_CANCEL, callback?: () => void) => {
    // It must not send END_STREAM.
    if (code !== constants.NGHTTP2_NO_ERROR) stream.end = () => stream
    close(code, callback)
  }
}

function watchCut(stream: ClientHttp2Stream, listener: CutListener | undefined): void {
  let ended = false
  let cut = false
  const push = stream.push.bind(stream)
  stream.push = (chunk: unknown, encoding?: BufferEncoding) => {
    if (chunk === null && !ended) {
      ended = true
      // END_STREAM ends the reading before the stream is closed; a reset, after.
      cut = stream.closed
    }
    return push(chunk, encoding)
  }
  // Before undici: what came is with the reader by then.
  stream.once('end', () => {
    if (cut) listener?.onBroken(new StreamCut(stream.rstCode))
  })
}

class StreamCut extends Error {
  readonly code = 'ERR_HTTP2_STREAM_CANCEL'

  constructor(code: number | undefined) {
    super(`stream closed with code ${code ?? 0}`)
  }
}

/** A request was still waiting when its connection ended: it was never written, or was refused as a whole. */
export class ConnectionGone extends Error {
  readonly code = 'HALYARD_CONNECTION_GONE'
}

/** What undici's `dispatch` reads, each an own property: nothing comes from a polluted `Object.prototype`. */
export class DispatchOptions {
  readonly path: string
  readonly method: string
  readonly headers: readonly string[]
  readonly body: unknown
  readonly origin = undefined
  readonly query = undefined
  readonly idempotent = undefined
  readonly blocking = undefined
  readonly upgrade = undefined
  readonly headersTimeout = undefined
  readonly bodyTimeout = undefined
  readonly reset = undefined
  readonly expectContinue = undefined
  readonly servername = undefined
  readonly throwOnError = undefined
  readonly maxRedirections = undefined
  readonly typeOfService = undefined
  readonly dispatcher = undefined

  constructor(method: string, path: string, headers: readonly string[], body: unknown) {
    this.method = method
    this.path = path
    this.headers = headers
    this.body = body
  }
}
