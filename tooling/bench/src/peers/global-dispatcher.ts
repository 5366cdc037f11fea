import { Agent, setGlobalDispatcher } from 'undici'
import { CONNECTIONS, type Target } from './peer.ts'

/** Gives the global `fetch`, and what is built on it, the same connections as the others; its default has no limit. */
export function limitFetch({ ca }: Target): Agent {
  const agent = new Agent({
    connections: CONNECTIONS,
    pipelining: 1,
    ...(ca === undefined ? {} : { connect: { ca } }),
  })
  setGlobalDispatcher(agent)
  return agent
}
