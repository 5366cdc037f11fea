import type { MakePeer } from './peer.ts'

export const HALYARD = 'halyard'
export const BARE = 'halyard bare'
export const RESILIENT = 'halyard all on'

/** A client's module is loaded only where that client runs. */
export const peers: Readonly<Record<string, () => Promise<MakePeer>>> = {
  [HALYARD]: async () => (await import('./halyard.ts')).halyard,
  [BARE]: async () => (await import('./halyard.ts')).halyardBare,
  [RESILIENT]: async () => (await import('./halyard.ts')).halyardResilient,
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
  'undici + cockatiel': async () => (await import('./cockatiel.ts')).cockatielPeer,
  'undici + opossum': async () => (await import('./opossum.ts')).opossumPeer,
}

const http2Only = 'node:http2'
const others = ['undici + cockatiel', 'undici + opossum']

export const http1Peers: readonly string[] = Object.keys(peers).filter(
  (name) => ![http2Only, BARE, RESILIENT, ...others].includes(name),
)
/** What stands around a call is on in all of these, as far as they have it. */
export const resilientPeers: readonly string[] = [RESILIENT, BARE, 'undici.request', ...others, 'got']
export const http2Peers: readonly string[] = [HALYARD, 'Pool.dispatch', 'undici.request', http2Only]
