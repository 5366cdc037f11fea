import { createClient } from '@halyard/client'
import { posted, schemaOf } from '../payload/payload.ts'
import { CONNECTIONS, type MakePeer } from './peer.ts'

export const halyard: MakePeer = ({ origin, path, payload, method, ca, http2 }) => {
  const schema = schemaOf(payload)
  const api = createClient(origin, {
    pool: { maxConnections: http2 === true ? 1 : CONNECTIONS },
    ...(ca === undefined ? {} : { tls: { ca } }),
  })
  return {
    call: method === 'GET' ? () => api.get(path).json(schema) : () => api.post(path, posted).json(schema),
    close: () => api.close(),
  }
}
