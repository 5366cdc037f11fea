import type { BalanceEvent } from '@halyard/resilience/balance'
import { leakCheck } from '@halyard/testing'
import { createClient, type Middleware } from '../../../src/index.ts'
import { Backend } from './backend.ts'
import { Load } from './load.ts'
import { until } from './until.ts'

export interface TroubleInit {
  readonly atOnce: number
  readonly workMs: number
  readonly intervalMs: number
  readonly timeoutMs: number
  readonly attemptMs: number
}

/** What came of it. */
export interface Trouble {
  readonly done: number
  readonly failures: readonly unknown[]
  readonly events: readonly string[]
  /** Requests that were begun at the killed backend: before the client left it out, and after, until it came back. */
  readonly toKilled: { readonly until: number; readonly after: number }
  readonly toHanging: { readonly until: number; readonly after: number }
  readonly inFlight: { readonly killed: number; readonly hanging: number }
  /** Health checks that the restarted backend answered before it got its first call. */
  readonly checksBeforeCalls: number | undefined
  /** Health checks of the backend that was well, from the restart to that call. */
  readonly checksMeanwhile: number
  /** The same in time. */
  readonly backAfterMs: number
  readonly mostAtOnce: number
}

/** The requests that leave for each origin: health checks do not pass here. */
class Departures {
  readonly #counts = new Map<string, number>()
  readonly middleware: Middleware = {
    name: 'departures',
    wrap: (next) => (request, call) => {
      this.#counts.set(request.origin, this.to(request.origin) + 1)
      return next(request, call)
    },
  }

  to(origin: string): number {
    return this.#counts.get(origin) ?? 0
  }
}

/** Three backends under load: one is killed, then one hangs as well, then the killed one is started again. */
export async function trouble(init: TroubleInit): Promise<Trouble> {
  const leaks = leakCheck({ withinMs: 5_000 })
  const [killed, hanging, well] = [
    await Backend.start(init.workMs),
    await Backend.start(init.workMs),
    await Backend.start(init.workMs),
  ]
  const departures = new Departures()
  const api = createClient([killed.origin, hanging.origin, well.origin], {
    use: { attempt: [departures.middleware] },
    timeout: { attemptMs: init.attemptMs, totalMs: 30_000 },
    retry: { budget: { ratio: 1 } },
    health: { path: '/health', intervalMs: init.intervalMs, timeoutMs: init.timeoutMs, unhealthyAfter: 2 },
    outlier: { consecutiveFailures: 5 },
    // Two of three are down for a while: by default that is so few that all are used, the dead one too.
  })
  const events: string[] = []
  const names = new Map([
    [killed.origin, 'killed'],
    [hanging.origin, 'hanging'],
    [well.origin, 'well'],
  ])
  const left = (name: string): boolean => events.includes(`${name} unhealthy`) || events.includes(`${name} ejected`)
  const marks = new Map<string, number>()
  api.on('balance', (event: BalanceEvent) => {
    if (event.type === 'failover' || event.type === 'source-failed') return
    const name = names.get(event.endpoint ?? '') ?? 'all'
    const before = left(name)
    events.push(`${name} ${event.type}`)
    if (!before && left(name)) marks.set(name, departures.to(event.endpoint ?? ''))
  })
  const pendingAt = (origin: string): number => api.endpoints().find(({ url }) => url === origin)?.pending ?? 0
  let mostAtOnce = 0

  const load = new Load(api)
  await load.begin(init.atOnce)
  const running = load.done + init.atOnce
  await until(() => load.done > running, 'the load runs')
  mostAtOnce = api.endpoints().reduce((sum, { pending }) => sum + pending, 0)

  const killedInFlight = pendingAt(killed.origin)
  const beforeKill = departures.to(killed.origin)
  await killed.kill()
  await until(() => left('killed'), 'the killed one is left out')
  await until(() => events.includes('killed unhealthy'), 'its checks say so')

  const hangingInFlight = pendingAt(hanging.origin)
  const beforeHang = departures.to(hanging.origin)
  hanging.hang()
  await until(() => left('hanging'), 'the hanging one is left out')
  await until(() => events.includes('hanging unhealthy'), 'its checks say so')
  const goal = load.done + init.atOnce * 2
  await until(() => load.done > goal, 'the one that is left works')

  const afterKill = departures.to(killed.origin)
  const startedAt = performance.now()
  const checksBefore = well.checks
  await killed.restart()
  await until(() => killed.calls > 0, 'it is used again')
  const backAfterMs = performance.now() - startedAt
  const checksMeanwhile = well.checks - checksBefore

  const afterHang = departures.to(hanging.origin)
  hanging.recover()
  await until(() => events.includes('hanging healthy'), 'it recovers')
  await load.stop()
  await api.close()
  for (const backend of [killed, hanging, well]) await backend.close()
  await leaks.check()

  const mark = (name: string): number => marks.get(name) ?? Infinity
  return {
    done: load.done,
    failures: load.failures,
    events,
    toKilled: { until: mark('killed') - beforeKill, after: afterKill - mark('killed') },
    toHanging: { until: mark('hanging') - beforeHang, after: afterHang - mark('hanging') },
    inFlight: { killed: killedInFlight, hanging: hangingInFlight },
    checksBeforeCalls: killed.checksBeforeCalls,
    checksMeanwhile,
    backAfterMs,
    mostAtOnce,
  }
}
