import {
  describeTarget,
  respond,
  TimeoutError,
  TransportError,
  type Call,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  type Middleware,
  type Runtime,
} from '@halyard/core'
import { givenUp, isGivenUp, pause } from '../outcome/index.ts'
import { chaosSettings, type ChaosOptions, type FaultPlan } from './chaos-options.ts'
import { pick } from './pick.ts'
import { seeded } from './seeded.ts'

/**
 * Faults for tests: latency, statuses, broken connections, at a rate and for the requests that `when` picks. Put it where
 * attempts pass (`use.attempt`): the layers outside take its faults for those of a server.
 *
 * @throws ConfigError
 *
 * @example
 * ```ts
 * chaos({ rate: 0.2, seed: 7, faults: [{ status: 503, weight: 3 }, { error: 'reset' }, { latencyMs: [100, 2000] }] })
 * ```
 */
export function chaos(options: ChaosOptions): Middleware {
  const { rate, faults, when, seed, random } = chaosSettings(options)
  const own = random ?? (seed === undefined ? undefined : seeded(seed))
  return {
    name: 'chaos',
    wrap: (next, runtime) => {
      const chance = own ?? ((): number => runtime.random())
      return (request, call) => {
        if (when !== undefined && !when(request)) return next(request, call)
        if (chance() >= rate) return next(request, call)
        const fault = pick(faults, chance())
        return fault === undefined ? next(request, call) : play(fault, chance(), { next, request, call, runtime })
      }
    },
  }
}

interface Scene {
  readonly next: HttpHandler
  readonly request: HttpRequest
  readonly call: Call
  readonly runtime: Runtime
}

async function play(fault: FaultPlan, chance: number, scene: Scene): Promise<HttpResponse> {
  const { next, request, call, runtime } = scene
  const [least, most] = fault.latencyMs ?? [0, 0]
  const waitMs = least + chance * (most - least)
  if (waitMs > 0) {
    const { deadlineAt } = call
    await pause(deadlineAt === undefined ? waitMs : Math.min(waitMs, deadlineAt - runtime.now()), call, runtime)
  }
  if (isGivenUp(call, runtime)) throw givenUp(request, call)
  if (fault.status !== undefined) return answer(fault, fault.status, request)
  if (fault.error === undefined) return await next(request, call)
  if (fault.error === 'lost') await (await next(request, call)).body.discard()
  throw broken(fault.error, waitMs, request)
}

function answer({ headers, body }: FaultPlan, status: number, request: HttpRequest): HttpResponse {
  return respond({ status, body, url: request.url, ...(headers === undefined ? {} : { headers }) })
}

function broken(error: NonNullable<FaultPlan['error']>, waitMs: number, request: HttpRequest): Error {
  const target = describeTarget(request)
  if (error === 'connect') {
    const facts = { code: 'connect', reason: 'refused', sent: 'no', target } as const
    return new TransportError(`${target}: could not connect (made by chaos)`, facts)
  }
  if (error === 'timeout') {
    const facts = { phase: 'headers', limitMs: waitMs, sent: 'maybe', target } as const
    return new TimeoutError(`${target}: no answer within ${waitMs} ms (made by chaos)`, facts)
  }
  const facts = { code: 'socket', reason: 'reset', sent: 'maybe', target } as const
  return new TransportError(`${target}: the connection was reset (made by chaos)`, facts)
}
