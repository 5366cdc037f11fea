import type { LoadPlan } from '../load/load.ts'
import { interleave, type Rounds, type RoundsPlan } from '../load/rounds.ts'
import type { BenchOptions } from '../options.ts'
import { HALYARD, http1Peers, http2Peers } from '../peers/peers.ts'
import type { Goal } from '../report/goal.ts'
import { httpTable } from '../report/http-table.ts'
import { makeCertificate } from '../servers/certificate.ts'
import { startServer, type ServerKind } from '../servers/start-server.ts'
import type { Scenario } from './scenario.ts'

interface HttpScenario {
  readonly name: string
  readonly about: string
  readonly server: Pick<ServerKind, 'payload' | 'posts'>
  /** @defaultValue 64 */
  readonly inFlight?: number
  readonly tls?: boolean
  readonly http2?: boolean
  /** The one that is compared with the others. @defaultValue 'halyard' */
  readonly subject?: string
  /** @defaultValue every client of the protocol */
  readonly peers?: readonly string[]
  readonly goals?: (rounds: Rounds) => Goal[]
}

/** One request again and again, 64 in flight where nothing else is said, on 16 connections, by every peer. */
export function httpScenario(given: HttpScenario): Scenario {
  return { name: given.name, about: given.about, run: (options) => run(given, options) }
}

async function run(given: HttpScenario, options: BenchOptions): ReturnType<Scenario['run']> {
  const { server: kind, tls, http2 = false, inFlight = 64, subject = HALYARD } = given
  const certificate = tls === true ? await makeCertificate() : undefined
  const server = await startServer({ ...kind, http2, ...(certificate === undefined ? {} : { tls: certificate }) })
  const target = {
    origin: `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${server.port}`,
    path: '/v1/users/100',
    payload: kind.payload,
    method: kind.posts === true ? 'POST' : 'GET',
    http2,
    ...(certificate === undefined ? {} : { ca: certificate.ca }),
  } as const
  const { quick, rounds: count, isolate } = options
  const plan: LoadPlan = quick
    ? { inFlight, warmUp: { cpuMs: 1200, atMostMs: 3000 }, measureMs: 200 }
    : { inFlight, warmUp: { cpuMs: 2500, atMostMs: 6000 }, measureMs: 250 }
  const rounding: RoundsPlan = { rounds: count, slices: quick ? 3 : 5, isolate }
  try {
    const names = chosen(options, given.peers ?? (http2 ? http2Peers : http1Peers), subject)
    const rounds = await interleave(names, rounding, { target, plan })
    return {
      table: httpTable(rounds, subject),
      goals: given.goals?.(rounds).filter(({ value }) => !Number.isNaN(value)) ?? [],
    }
  } finally {
    server.stop()
  }
}

function chosen({ peers: wanted }: BenchOptions, all: readonly string[], subject: string): readonly string[] {
  return wanted.length === 0 ? all : all.filter((name) => name === subject || wanted.includes(name))
}
