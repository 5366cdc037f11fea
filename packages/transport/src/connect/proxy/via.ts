import { TransportError, type HeaderList, type HttpRequest } from '@halyard/core'
import { refusalWords } from './proxy-errors.ts'
import type { ProxyServer } from './proxy-server.ts'

/** How requests are changed on their way, where proxies are configured. */
export interface Via {
  /** What stands on the request line. */
  requestTarget(request: HttpRequest): string
  /** The header fields to send. */
  fields(headers: HeaderList): readonly string[]
  /** The error that an answer means, where the proxy and not the origin gave it. */
  refusal(status: number, target: string): TransportError | undefined
}

/** To the origin itself, also through a tunnel: no credentials for a proxy get there. */
export const directly: Via = {
  requestTarget: (request) => request.path,
  fields: (headers) => headers.without('proxy-authorization').toFlat(),
  refusal: () => undefined,
}

/** RFC 9112 §3.2.2: to a proxy that sends requests on, in absolute form and with its credentials. */
export function forwarding(proxy: ProxyServer): Via {
  return {
    requestTarget: (request) => request.origin + request.path,
    fields: (headers) => {
      const own = proxy.fields()
      // A proxy may send on what it has no use for: its credentials come from its own options alone.
      let kept = headers.without('proxy-authorization')
      for (let at = 0; at < own.length; at += 2) kept = kept.without(own[at] ?? '')
      return [...kept.toFlat(), ...own]
    },
    // RFC 9110 §15.5.8: no origin answers so.
    refusal: (status, target) =>
      status === 407
        ? new TransportError(`${target}: the proxy ${proxy.label} ${refusalWords(407)}`, {
            code: 'proxy',
            reason: 'auth-required',
            status,
            sent: 'no',
            target,
          })
        : undefined,
  }
}
