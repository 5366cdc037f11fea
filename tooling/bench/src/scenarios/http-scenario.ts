import type { LoadPlan } from '../load/load.ts'
import { isolated, shared } from '../load/measuring.ts'
import { interleave, type Rounds } from '../load/rounds.ts'
import type { BenchOptions } from '../options.ts'
import { HALYARD, peers } from '../peers/peers.ts'
import type { Goal } from '../report/goal.ts'
import { httpTable } from '../report/http-table.ts'
import { makeCertificate } from '../servers/certificate.ts'
import { startServer, type ServerKind } from '../servers/start-server.ts'
import type { Scenario } from './scenario.ts'

interface HttpScenario {
  readonly name: string
  readonly about: string
  readonly server: Pick<ServerKind, 'payload' | 'posts'>
  readonly tls?: boolean
  /** Less where a call takes long. @defaultValue 3000 */
  readonly warmUpCalls?: number
  readonly goals?: (rounds: Rounds) => Goal[]
}

/** One request again and again, 64 in flight on 16 connections, by every peer. */
export function httpScenario(given: HttpScenario): Scenario {
  return { name: given.name, about: given.about, run: (options) => run(given, options) }
}

async function run(
  { server: kind, tls, warmUpCalls = 3000, goals }: HttpScenario,
  options: BenchOptions,
): ReturnType<Scenario['run']> {
  const certificate = tls === true ? makeCertificate() : undefined
  const server = await startServer({ ...kind, ...(certificate === undefined ? {} : { tls: certificate }) })
  const target = {
    origin: `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${server.port}`,
    path: '/v1/users/100',
    payload: kind.payload,
    method: kind.posts === true ? 'POST' : 'GET',
    ...(certificate === undefined ? {} : { ca: certificate.cert }),
  } as const
  const plan: LoadPlan = options.quick
    ? { inFlight: 64, warmUpMs: 400, warmUpCalls: warmUpCalls / 2, measureMs: 600 }
    : { inFlight: 64, warmUpMs: 800, warmUpCalls, measureMs: 1200 }
  const measuring = options.isolate ? isolated : shared()
  try {
    const rounds = await interleave(chosen(options), options.rounds, (peer) =>
      measuring.measure({ peer, target, plan }),
    )
    return { table: httpTable(rounds), goals: goals?.(rounds).filter(({ value }) => !Number.isNaN(value)) ?? [] }
  } finally {
    measuring.stop()
    server.stop()
  }
}

function chosen({ peers: wanted }: BenchOptions): string[] {
  const all = Object.keys(peers)
  return wanted.length === 0 ? all : all.filter((name) => name === HALYARD || wanted.includes(name))
}
