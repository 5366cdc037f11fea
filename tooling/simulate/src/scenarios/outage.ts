import { createPipeline, type AnyMiddleware } from '@halyard/core'
import { PerSecond } from '../measure/per-second.ts'
import { logNormalMs, seeded } from '../model/chance.ts'
import { Server } from '../model/server.ts'
import { traffic } from '../model/traffic.ts'
import { wire } from '../model/wire.ts'
import { EventClock } from '../time/event-clock.ts'

export interface OutageSettings {
  readonly seed: number
  readonly users: number
  /** Among which the users are spread. */
  readonly instances: number
  readonly everyMs: number
  readonly seconds: number
  readonly outage: { readonly fromMs: number; readonly toMs: number }
  readonly workers: number
  readonly queue: number
  readonly medianMs: number
  readonly slowdown: number
  /** The share of the requests that fail for reasons of their own, at all times. */
  readonly failing: number
  /** How long a client waits for an answer. */
  readonly headersMs: number
}

/** 3,000 users in 12 instances make 600 calls a second; the server can do about 950, and 760 with a full queue. */
export const outageSettings: OutageSettings = {
  seed: 1,
  users: 3000,
  instances: 12,
  everyMs: 5000,
  seconds: 150,
  outage: { fromMs: 60_000, toMs: 75_000 },
  workers: 80,
  queue: 2400,
  medianMs: 80,
  slowdown: 0.25,
  failing: 0.01,
  headersMs: 1000,
}

/** How the clients of a run behave. */
export interface Policy {
  readonly name: string
  /** The layers of one instance. */
  readonly use: () => readonly AnyMiddleware[]
}

export interface OutageRun {
  readonly policy: string
  /** Calls that began. */
  readonly calls: PerSecond
  /** Requests that came to the server. */
  readonly load: PerSecond
  /** Calls that ended well, by when they ended. */
  readonly goodput: PerSecond
  /** Calls that did not, by when they began. */
  readonly lost: PerSecond
  /** Of what the server worked on, the share that nobody waited for any more. */
  readonly wasted: number
}

/** One run of a server that hangs for a while, with clients of one policy. The same seed gives every policy the same users. */
export async function runOutage(policy: Policy, settings: OutageSettings): Promise<OutageRun> {
  const { seed, users, instances, everyMs, seconds, outage, workers, queue, headersMs } = settings
  const clock = new EventClock(seeded(seed))
  const [calls, load] = [new PerSecond(seconds), new PerSecond(seconds)]
  const [goodput, lost] = [new PerSecond(seconds), new PerSecond(seconds)]
  const service = seeded(seed + 1)
  const failures = seeded(seed + 3)
  const server = new Server(clock, {
    workers,
    queue,
    serviceMs: () => logNormalMs(service, settings.medianMs, 0.3),
    slowdown: settings.slowdown,
    fails: () => failures() < settings.failing,
    outage,
    onArrival: () => load.add(clock.now()),
  })
  const transport = wire({ servers: new Map([['http://server', server]]), networkMs: 1, headersMs })
  const pipelines = Array.from({ length: instances }, () =>
    createPipeline({ transport, baseUrl: 'http://server', use: policy.use(), clock }),
  )
  traffic(clock, {
    instances: pipelines,
    users,
    everyMs,
    random: seeded(seed + 2),
    untilMs: seconds * 1000,
    onCall: () => calls.add(clock.now()),
    onEnd: (ok, startedAt) => {
      if (ok) goodput.add(clock.now())
      else lost.add(startedAt)
    },
  })
  // A while longer, so that all calls end.
  await clock.run(seconds * 1000 + 10_000)
  return { policy: policy.name, calls, load, goodput, lost, wasted: server.wasted / server.done }
}
