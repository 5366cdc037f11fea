import { isSafe, type Call, type HttpRequest, type Middleware } from '@halyard/core'
import { isKeyed } from '../outcome/index.ts'
import { hedgeSettings, type HedgeOptions } from './hedge-options.ts'
import { HedgeState } from './hedge-state.ts'
import { Race } from './race.ts'

/**
 * Sends a request once more when its answer is late, and takes what is answered first. The others are cancelled.
 *
 * Only safe methods and calls with an idempotency key, whose bodies can be sent again. `after: 'p95'` goes by the answers
 * of the last half minute to a minute, of each origin and method, and needs 20 of them first. Further requests are a
 * share of the calls; they are attempts of the same number, and go to another endpoint where a balancer has one.
 *
 * State is made when the client is: a client that extends another shares it.
 *
 * @example
 * ```ts
 * createPipeline({ transport: transport(), use: [hedge({ after: 'p95' })] })
 * ```
 * @throws ConfigError
 */
export function hedge(options: HedgeOptions = {}): Middleware {
  const settings = hedgeSettings(options)
  let state: HedgeState | undefined
  return {
    name: 'hedge',
    wrap: (next, runtime) => {
      const shared = (state ??= new HedgeState(settings, runtime))
      runtime.gauge('hedge', () => shared.gauge())
      return (request, call) =>
        mayHedge(request, call)
          ? new Race(request, call, next, runtime, shared).run(shared.begin(request))
          : next(request, call)
    },
  }
}

function mayHedge(request: HttpRequest, call: Call): boolean {
  if (request.body !== undefined && !request.body.replayable) return false
  return isSafe(request.method) || isKeyed(request, call)
}
