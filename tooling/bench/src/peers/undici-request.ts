import { request } from 'undici'
import { posted, schemaOf } from '../payload/payload.ts'
import type { MakePeer, Peer, Target } from './peer.ts'
import { undiciPool } from './undici-pool.ts'

export const undiciRequest: MakePeer = (target) => undiciWith(target, (work) => work)

/** With something around each call, which gives what the call gives. */
export function undiciWith(target: Target, policy: (work: () => Promise<unknown>) => () => Promise<unknown>): Peer {
  const { origin, path, payload, method } = target
  const schema = schemaOf(payload)
  const dispatcher = undiciPool(target)
  const url = origin + path
  const headers = { 'content-type': 'application/json' }
  return {
    call: policy(async () => {
      const { body } = await (method === 'GET'
        ? request(url, { dispatcher })
        : request(url, { dispatcher, method, headers, body: JSON.stringify(posted) }))
      return schema.parse(await body.json())
    }),
    close: () => dispatcher.close(),
  }
}
