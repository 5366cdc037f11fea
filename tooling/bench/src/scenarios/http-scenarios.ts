import type { Rounds } from '../load/rounds.ts'
import { BARE, HALYARD, RESILIENT, resilientPeers } from '../peers/peers.ts'
import type { Goal } from '../report/goal.ts'
import { median } from '../report/median.ts'
import { ratioOf } from '../report/ratios.ts'
import { httpScenario } from './http-scenario.ts'
import type { Scenario } from './scenario.ts'

function faster(rounds: Rounds, other: string, atLeast: number, subject = HALYARD): Goal {
  return { what: `req/s of ${other}`, value: ratioOf(rounds, subject, other).perSecond, atLeast }
}

function cheaper(rounds: Rounds, other: string, atMost: number): Goal {
  return { what: `CPU of ${other}`, value: ratioOf(rounds, HALYARD, other).cpu, atMost }
}

/** In microseconds a call, of each round. */
function extraCpu(rounds: Rounds, name: string, less: string): number {
  const others = rounds.get(less) ?? []
  return median(
    (rounds.get(name) ?? []).flatMap(({ cpuMicros }, round) => {
      const other = others[round]
      return other === undefined ? [] : [cpuMicros - other.cpuMicros]
    }),
  )
}

export const httpScenarios: readonly Scenario[] = [
  httpScenario({
    name: 'get-100',
    about: 'GET, 100 bytes of JSON',
    server: { payload: '100b' },
    goals: (rounds) => [
      faster(rounds, 'undici.request', 1.4),
      cheaper(rounds, 'undici.request', 0.65),
      cheaper(rounds, 'Pool.dispatch', 1.1),
      faster(rounds, 'fetch', 4),
      faster(rounds, 'undici.fetch', 4),
      faster(rounds, 'got', 7),
      faster(rounds, 'axios', 7),
      faster(rounds, 'ky', 7),
    ],
  }),
  httpScenario({
    name: 'get-10k',
    about: 'GET, 10 KB of JSON',
    server: { payload: '10k' },
    goals: (rounds) => [faster(rounds, 'undici.request', 1.05)],
  }),
  httpScenario({
    name: 'get-1m',
    about: 'GET, 1 MB of JSON, 16 in flight',
    server: { payload: '1m' },
    inFlight: 16,
    goals: (rounds) => [faster(rounds, 'undici.request', 1)],
  }),
  httpScenario({
    name: 'post-1k',
    about: 'POST, 1 KB of JSON, 100 bytes back',
    server: { payload: '100b', posts: true },
    goals: (rounds) => [faster(rounds, 'undici.request', 1.3)],
  }),
  httpScenario({
    name: 'tls-get-100',
    about: 'GET over TLS, 100 bytes of JSON',
    server: { payload: '100b' },
    tls: true,
  }),
  httpScenario({
    name: 'resilience',
    about: 'GET, 100 bytes of JSON, with all that keeps a service up',
    server: { payload: '100b' },
    subject: RESILIENT,
    peers: resilientPeers,
    goals: (rounds) => [
      faster(rounds, 'undici.request', 1.25, RESILIENT),
      faster(rounds, 'got', 5, RESILIENT),
      { what: 'CPU more than bare', value: extraCpu(rounds, RESILIENT, BARE), atMost: 1.5, unit: ' us' },
    ],
  }),
  httpScenario({
    name: 'h2-64',
    about: 'GET over HTTP/2, 100 bytes of JSON, one connection',
    server: { payload: '100b' },
    tls: true,
    http2: true,
    goals: (rounds) => [faster(rounds, 'undici.request', 1.3), faster(rounds, 'node:http2', 1)],
  }),
]
