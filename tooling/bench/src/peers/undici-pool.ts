import { Pool } from 'undici'
import { CONNECTIONS, type Target } from './peer.ts'

export function undiciPool({ origin, ca }: Target): Pool {
  return new Pool(origin, {
    connections: CONNECTIONS,
    pipelining: 1,
    ...(ca === undefined ? {} : { connect: { ca } }),
  })
}
