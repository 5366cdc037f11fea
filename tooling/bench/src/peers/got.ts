import got, { type Agents } from 'got'
import { posted, schemaOf } from '../payload/payload.ts'
import { nodeAgent } from './node-agent.ts'
import type { MakePeer } from './peer.ts'

export const gotPeer: MakePeer = (target) => {
  const { origin, path, payload, method } = target
  const schema = schemaOf(payload)
  const agent = nodeAgent(target)
  const agents: Agents = target.ca === undefined ? { http: agent } : { https: agent as NonNullable<Agents['https']> }
  const client = got.extend({
    agent: agents,
    ...(target.ca === undefined ? {} : { https: { certificateAuthority: target.ca } }),
  })
  const url = origin + path
  return {
    call: async () => schema.parse(await (method === 'GET' ? client(url) : client.post(url, { json: posted })).json()),
    close: () => agent.destroy(),
  }
}
