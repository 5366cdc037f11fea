import { HttpError, TransportError } from '@halyard/core'
import { connectFailure } from '../../exchange/failure-table.ts'
import type { ProxyServer } from './proxy-server.ts'

/** Why a proxy did not let a connection through. */
export type ProxyReason = 'refused' | 'auth-required' | 'status' | 'protocol' | 'unreachable' | 'dns'

/** A proxy's refusal, before it is known whose it is. */
export class ProxyRefusal extends Error {
  readonly reason: ProxyReason
  readonly status: number | undefined
  readonly excerpt: string | undefined

  constructor(reason: ProxyReason, words: string, status?: number, excerpt?: string) {
    super(words)
    this.reason = reason
    this.status = status
    this.excerpt = excerpt
  }
}

/** What a status other than 2xx means, to put after the proxy's name. */
export function refusalWords(status: number): string {
  return status === 407 ? 'wants other credentials (407)' : `answered with status ${status}`
}

/** The error of a connection that a proxy was to make. */
export function proxyFailure(error: unknown, proxy: ProxyServer, target: string): HttpError {
  if (error instanceof TransportError && error.code === 'tls') {
    const { reason, certificate, cause } = error
    const message = `${target}: the proxy ${error.message}`
    return new TransportError(message, { code: 'proxy', reason, certificate, sent: 'no', target, cause })
  }
  if (error instanceof HttpError) return error
  if (error instanceof ProxyRefusal) {
    const { reason, status, excerpt } = error
    const message = `${target}: the proxy ${proxy.label} ${error.message}`
    return new TransportError(message, { code: 'proxy', reason, status, excerpt, sent: 'no', target })
  }
  const failure = connectFailure(error, `${target}: the proxy ${proxy.label}`)
  // What went wrong with the way to the proxy, in the words of ways to origins.
  const own = failure instanceof TransportError ? failure.reason : undefined
  const reason = own === 'reset' || own === 'closed' ? 'protocol' : (own ?? 'unreachable')
  return new TransportError(failure.message, { code: 'proxy', reason, sent: 'no', target, cause: error })
}
