import axios from 'axios'
import { posted, schemaOf } from '../payload/payload.ts'
import { nodeAgent } from './node-agent.ts'
import type { MakePeer } from './peer.ts'

export const axiosPeer: MakePeer = (target) => {
  const { origin, path, payload, method } = target
  const schema = schemaOf(payload)
  const agent = nodeAgent(target)
  const client = axios.create({ baseURL: origin, httpAgent: agent, httpsAgent: agent })
  return {
    call: async () => schema.parse((await (method === 'GET' ? client.get(path) : client.post(path, posted))).data),
    close: () => agent.destroy(),
  }
}
