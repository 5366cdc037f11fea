import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { TransportError, type CertificateFacts, type Sent, type TlsFacts } from '@halyard/core'
import type { PeerChain } from './peer-chain.ts'
import { certificateRefusal, type TlsFailure } from './tls-failure.ts'
import { isTlsSource, type TlsSetting } from './tls-source.ts'

export interface SecuredInit {
  readonly chain: PeerChain | undefined
  readonly setting: TlsSetting | undefined
  /** What `setting` gave for this connection. */
  readonly options: ConnectionOptions | undefined
  readonly hasClientCertificate: boolean
}

/** The TLS side of a connection, for as long as it lives. */
export class SecuredConnection {
  readonly facts: TlsFacts
  readonly #setting: TlsSetting | undefined
  readonly #options: ConnectionOptions | undefined
  #refusal: { readonly failure: TlsFailure; readonly error: Error } | undefined

  constructor(socket: TLSSocket, { chain, setting, options, hasClientCertificate }: SecuredInit) {
    this.facts = factsOf(socket, chain)
    this.#setting = setting
    this.#options = options
    // In TLS 1.3 a server judges the client's certificate when the handshake is over on this side.
    socket.prependListener('error', (error) => {
      const code = 'code' in error ? String(error.code) : ''
      const failure = certificateRefusal(code, hasClientCertificate)
      if (failure !== undefined) this.#refusal ??= { failure, error }
    })
  }

  /** Whether the material has changed since: the connection takes no new requests. */
  get stale(): boolean {
    return isTlsSource(this.#setting) && this.#setting.current() !== this.#options
  }

  /** The error of a request that went out, and was met by the server's refusal of this side's certificate. */
  refusal(target: string, sent: Sent): TransportError | undefined {
    if (this.#refusal === undefined) return undefined
    const { failure, error } = this.#refusal
    return new TransportError(`${target}: ${failure.words} (told after the handshake)`, {
      code: 'tls',
      reason: failure.reason,
      // RFC 8446 §4.4.2.4: for the server the handshake never ended, so it has read no request.
      sent: this.facts.version === 'TLSv1.3' ? 'no' : sent,
      target,
      cause: error,
    })
  }
}

function factsOf(socket: TLSSocket, chain: PeerChain | undefined): TlsFacts {
  return {
    version: socket.getProtocol() ?? '',
    cipher: socket.getCipher()?.name ?? '',
    get certificate(): CertificateFacts | undefined {
      return chain?.facts
    },
    resumed: socket.isSessionReused(),
    alpn: typeof socket.alpnProtocol === 'string' ? socket.alpnProtocol : undefined,
  }
}
