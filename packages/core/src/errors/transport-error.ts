import type { CertificateFacts } from '../tls/tls-facts.ts'
import { HttpError, type ErrorFacts } from './http-error.ts'

export interface TransportFacts extends ErrorFacts {
  readonly code: 'connect' | 'tls' | 'proxy' | 'socket' | 'protocol'
  /** A stable word for why, e.g. `reset`, `closed`, `refused`, `dns`, `unknown-authority`. */
  readonly reason?: string | undefined
  /** Bytes of the response body that came before the failure. */
  readonly receivedBytes?: number
  /** Whether the connection had served a request before. */
  readonly reusedConnection?: boolean
  /** The server's certificate, where it is what is wrong. */
  readonly certificate?: CertificateFacts | undefined
  /** What a proxy answered instead of letting the request through. */
  readonly status?: number | undefined
  /** The beginning of that answer, for code that asks for it. */
  readonly excerpt?: string | undefined
}

/** The connection could not be made, broke, or the peer did not speak HTTP. */
export class TransportError extends HttpError {
  readonly code: TransportFacts['code']
  readonly reason: string | undefined
  readonly receivedBytes: number
  readonly reusedConnection: boolean
  readonly certificate: CertificateFacts | undefined
  /** Of `proxy`: the status that the proxy answered with, where it did. */
  readonly status: number | undefined
  readonly #excerpt: string | undefined

  constructor(message: string, facts: TransportFacts) {
    super(message, facts)
    this.code = facts.code
    this.reason = facts.reason
    this.receivedBytes = facts.receivedBytes ?? 0
    this.reusedConnection = facts.reusedConnection ?? false
    this.certificate = facts.certificate
    this.status = facts.status
    this.#excerpt = facts.excerpt
  }

  /** Of `proxy`: the beginning of the proxy's answer, 1 KiB at most. Neither printed nor in JSON. */
  get excerpt(): string | undefined {
    return this.#excerpt
  }
}
