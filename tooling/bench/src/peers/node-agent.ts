import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { CONNECTIONS, type Target } from './peer.ts'

export function nodeAgent({ ca }: Target): HttpAgent | HttpsAgent {
  const options = { keepAlive: true, maxSockets: CONNECTIONS }
  return ca === undefined ? new HttpAgent(options) : new HttpsAgent({ ...options, ca })
}
