import type { MakePeer } from './peer.ts'

export const HALYARD = 'halyard'

/** A client's module is loaded only where that client runs. */
export const peers: Readonly<Record<string, () => Promise<MakePeer>>> = {
  [HALYARD]: async () => (await import('./halyard.ts')).halyard,
  'Pool.dispatch': async () => (await import('./undici-dispatch.ts')).undiciDispatch,
  'undici.request': async () => (await import('./undici-request.ts')).undiciRequest,
  'node:http': async () => (await import('./node-http.ts')).nodeHttp,
  'undici.fetch': async () => (await import('./fetch.ts')).packageFetch,
  fetch: async () => (await import('./fetch.ts')).globalFetch,
  ofetch: async () => (await import('./ofetch.ts')).ofetchPeer,
  ky: async () => (await import('./ky.ts')).kyPeer,
  got: async () => (await import('./got.ts')).gotPeer,
  axios: async () => (await import('./axios.ts')).axiosPeer,
  'node:http2': async () => (await import('./node-http2.ts')).nodeHttp2,
  superagent: async () => (await import('./superagent.ts')).superagentPeer,
}

const http2Only = 'node:http2'

export const http1Peers: readonly string[] = Object.keys(peers).filter((name) => name !== http2Only)
export const http2Peers: readonly string[] = [HALYARD, 'Pool.dispatch', 'undici.request', http2Only]
