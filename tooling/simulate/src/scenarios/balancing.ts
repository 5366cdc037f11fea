import { createPipeline } from '@halyard/core'
import { balance, type Strategy } from '@halyard/resilience/balance'
import { Latencies } from '../measure/latencies.ts'
import { logNormalMs, seeded } from '../model/chance.ts'
import { Server } from '../model/server.ts'
import { traffic } from '../model/traffic.ts'
import { wire } from '../model/wire.ts'
import { EventClock } from '../time/event-clock.ts'

export interface BalancingSettings {
  readonly seed: number
  readonly users: number
  readonly instances: number
  readonly everyMs: number
  readonly seconds: number
  readonly backends: number
  /** Of each backend. */
  readonly workers: number
  readonly medianMs: number
  /** How many times slower the last backend is. */
  readonly slower: number
}

/** 2,000 users in 4 instances make 400 calls a second, of five backends; the slow one can do 140 a second, and its share is 80. */
export const balancingSettings: BalancingSettings = {
  seed: 1,
  users: 2000,
  instances: 4,
  everyMs: 5000,
  seconds: 180,
  backends: 5,
  workers: 16,
  medianMs: 10,
  slower: 10,
}

export interface BalancingRun {
  readonly strategy: string
  readonly latencies: Latencies
  readonly failed: number
  /** The share of the requests that went to the slow backend. */
  readonly slowShare: number
}

/** The same calls to backends one of which is slow. */
export async function runBalancing(
  strategy: Exclude<Strategy, object>,
  settings: BalancingSettings,
): Promise<BalancingRun> {
  const { seed, users, instances, everyMs, seconds, backends, workers, medianMs, slower } = settings
  const clock = new EventClock(seeded(seed))
  const service = seeded(seed + 1)
  const servers = Array.from({ length: backends }, (_, index) => {
    const ownMs = index === backends - 1 ? medianMs * slower : medianMs
    return new Server(clock, { workers, queue: 1000, serviceMs: () => logNormalMs(service, ownMs, 0.3) })
  })
  const origins = servers.map((_, index) => `http://backend-${index}`)
  const transport = wire({
    servers: new Map(servers.map((server, index) => [origins[index] ?? '', server])),
    networkMs: 1,
    headersMs: 5000,
  })
  const latencies = new Latencies()
  let failed = 0
  traffic(clock, {
    instances: Array.from({ length: instances }, () =>
      createPipeline({ transport, baseUrl: origins[0] ?? '', use: [balance(origins, { strategy })], clock }),
    ),
    users,
    everyMs,
    random: seeded(seed + 2),
    untilMs: seconds * 1000,
    onEnd: (ok, startedAt) => {
      if (ok) latencies.add(clock.now() - startedAt)
      else failed += 1
    },
  })
  await clock.run(seconds * 1000 + 10_000)
  const arrived = servers.reduce((sum, server) => sum + server.arrived, 0)
  return { strategy, latencies, failed, slowShare: (servers.at(-1)?.arrived ?? 0) / arrived }
}
