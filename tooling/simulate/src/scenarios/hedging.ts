import { createPipeline, type AnyMiddleware } from '@halyard/core'
import { hedge } from '@halyard/resilience/hedge'
import { Latencies } from '../measure/latencies.ts'
import { logNormalMs, seeded, type Random } from '../model/chance.ts'
import { Server } from '../model/server.ts'
import { traffic } from '../model/traffic.ts'
import { wire } from '../model/wire.ts'
import { EventClock } from '../time/event-clock.ts'

export interface HedgingSettings {
  readonly seed: number
  readonly users: number
  readonly instances: number
  readonly everyMs: number
  readonly seconds: number
  readonly workers: number
  /** The share of the requests that are held up, by a pause or a lost packet. */
  readonly heldUp: number
}

/** 2,000 users in 4 instances make 1,000 calls a second; a third of the workers are busy; one request in a hundred is held up. */
export const hedgingSettings: HedgingSettings = {
  seed: 1,
  users: 2000,
  instances: 4,
  everyMs: 2000,
  seconds: 120,
  workers: 48,
  heldUp: 0.01,
}

export interface HedgingRun {
  readonly name: string
  readonly latencies: Latencies
  readonly failed: number
  /** Requests at the server for each call. */
  readonly load: number
}

/** The same calls, once without hedging and once with a second request at p95. */
export async function runHedging(settings: HedgingSettings): Promise<readonly HedgingRun[]> {
  return [await run('no hedging', () => [], settings), await run('hedged at p95', () => [hedge()], settings)]
}

async function run(name: string, use: () => readonly AnyMiddleware[], settings: HedgingSettings): Promise<HedgingRun> {
  const { seed, users, instances, everyMs, seconds, workers, heldUp } = settings
  const clock = new EventClock(seeded(seed))
  const service = seeded(seed + 1)
  const serviceMs = (): number => logNormalMs(service, 12, 0.4) + pauseMs(service, heldUp)
  const server = new Server(clock, { workers, queue: 1000, serviceMs })
  const transport = wire({ servers: new Map([['http://server', server]]), networkMs: 1, headersMs: 5000 })
  const latencies = new Latencies()
  let [calls, failed] = [0, 0]
  traffic(clock, {
    instances: Array.from({ length: instances }, () =>
      createPipeline({ transport, baseUrl: 'http://server', use: use(), clock }),
    ),
    users,
    everyMs,
    random: seeded(seed + 2),
    untilMs: seconds * 1000,
    onEnd: (ok, startedAt) => {
      calls += 1
      if (ok) latencies.add(clock.now() - startedAt)
      else failed += 1
    },
  })
  // A while longer, so that all calls end.
  await clock.run(seconds * 1000 + 10_000)
  return { name, latencies, failed, load: server.arrived / calls }
}

function pauseMs(random: Random, share: number): number {
  return random() < share ? 100 + 400 * random() : 0
}
