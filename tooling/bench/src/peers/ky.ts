import ky from 'ky'
import { posted, schemaOf } from '../payload/payload.ts'
import { limitFetch } from './global-dispatcher.ts'
import type { MakePeer } from './peer.ts'

export const kyPeer: MakePeer = (target) => {
  const { origin, path, payload, method } = target
  const schema = schemaOf(payload)
  const agent = limitFetch(target)
  const url = origin + path
  return {
    call: async () => schema.parse(await (method === 'GET' ? ky(url) : ky.post(url, { json: posted })).json()),
    close: () => agent.close(),
  }
}
