import { createClient, type ClientConfig } from '@halyard/client'
import { posted, schemaOf } from '../payload/payload.ts'
import { CONNECTIONS, type MakePeer, type Peer, type Target } from './peer.ts'

export const halyard: MakePeer = (target) => client(target, {})

/** With nothing that could fail over: what resilience is measured against. */
export const halyardBare: MakePeer = (target) => client(target, { retry: false })

/** With all that stands around a call of a careful service; the deadline always does. */
export const halyardResilient: MakePeer = (target) =>
  client(target, {
    retry: {},
    circuitBreaker: {},
    bulkhead: { maxConcurrent: 1_000 },
    rateLimit: { permits: 1_000_000, perMs: 1_000 },
    timeout: { totalMs: 10_000 },
  })

function client({ origin, path, payload, method, ca, http2 }: Target, config: ClientConfig): Peer {
  const schema = schemaOf(payload)
  const api = createClient(origin, {
    ...config,
    pool: { maxConnections: http2 === true ? 1 : CONNECTIONS },
    ...(ca === undefined ? {} : { tls: { ca } }),
  })
  return {
    call: method === 'GET' ? () => api.get(path).json(schema) : () => api.post(path, posted).json(schema),
    close: () => api.close(),
  }
}
