import superagent from 'superagent'
import { posted, schemaOf } from '../payload/payload.ts'
import { nodeAgent } from './node-agent.ts'
import type { MakePeer } from './peer.ts'

export const superagentPeer: MakePeer = (target) => {
  const { origin, path, payload, method } = target
  const schema = schemaOf(payload)
  const agent = nodeAgent(target)
  const url = origin + path
  return {
    call: async () => {
      const call = method === 'GET' ? superagent.get(url) : superagent.post(url).send(posted)
      return schema.parse((await call.agent(agent)).body)
    },
    close: () => agent.destroy(),
  }
}
