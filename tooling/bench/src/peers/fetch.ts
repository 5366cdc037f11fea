import { fetch as undiciFetch } from 'undici'
import { posted, schemaOf } from '../payload/payload.ts'
import { limitFetch } from './global-dispatcher.ts'
import type { MakePeer } from './peer.ts'
import { undiciPool } from './undici-pool.ts'

const headers = { 'content-type': 'application/json' }

/** Node's own `fetch`. */
export const globalFetch: MakePeer = (target) => {
  const { origin, path, payload, method } = target
  const schema = schemaOf(payload)
  const agent = limitFetch(target)
  const url = origin + path
  return {
    call: async () => {
      const response = await (method === 'GET'
        ? fetch(url)
        : fetch(url, { method, headers, body: JSON.stringify(posted) }))
      return schema.parse(await response.json())
    },
    close: () => agent.close(),
  }
}

/** The `fetch` of the undici package, with a pool of its own. */
export const packageFetch: MakePeer = (target) => {
  const { origin, path, payload, method } = target
  const schema = schemaOf(payload)
  const dispatcher = undiciPool(target)
  const url = origin + path
  return {
    call: async () => {
      const response = await (method === 'GET'
        ? undiciFetch(url, { dispatcher })
        : undiciFetch(url, { dispatcher, method, headers, body: JSON.stringify(posted) }))
      return schema.parse(await response.json())
    },
    close: () => dispatcher.close(),
  }
}
