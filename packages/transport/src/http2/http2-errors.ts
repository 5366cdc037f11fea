/** RFC 9113 §8.7: the server said that it did not act on the stream. */
export class StreamRefused extends Error {
  readonly code = 'HALYARD_STREAM_REFUSED'

  constructor(by: 'GOAWAY' | 'REFUSED_STREAM') {
    super(`refused by ${by}`)
  }
}

/** A stream ended without END_STREAM and without an error of Node's: its end came early. */
export class StreamCut extends Error {
  readonly code = 'ERR_HTTP2_STREAM_CANCEL'

  constructor(code: number | undefined) {
    super(`stream closed with code ${code ?? 0}`)
  }
}

/** The socket below the streams was closed. */
export class SocketClosed extends Error {
  readonly code = 'HALYARD_SOCKET_CLOSED'

  constructor() {
    super('the socket was closed')
  }
}

/** A ping of ours was not answered until the next was due. */
export class PeerSilent extends Error {
  readonly code = 'HALYARD_PEER_SILENT'

  constructor(limitMs: number) {
    super(`no answer to a ping within ${limitMs} ms`)
  }
}
