import { Pool } from 'undici'
import { CONNECTIONS, type Target } from './peer.ts'

export function undiciPool({ origin, ca, http2 }: Target): Pool {
  return new Pool(origin, {
    ...(http2 === true ? { connections: 1, allowH2: true } : { connections: CONNECTIONS, pipelining: 1 }),
    ...(ca === undefined ? {} : { connect: { ca } }),
  })
}
