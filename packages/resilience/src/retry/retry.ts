import type { HttpHandler, HttpResponse, Middleware, Runtime } from '@halyard/core'
import { RetryBudgets } from './budgets.ts'
import { withIdempotencyKey } from './idempotency-key.ts'
import { isPlainlyFine } from './judgement.ts'
import { Retrial, type RetrialInit } from './retrial.ts'
import type { RetryCallOptions, RetryInit } from './retry-options.ts'
import { callSettings, retryConfig, type RetryConfig, type RetrySettings } from './retry-settings.ts'

/**
 * Sends again what failed and may work soon, and only what is safe: idempotent methods, requests of which nothing was sent,
 * and those with an idempotency key; never a body that cannot be sent again. Within a budget, and never so late that the
 * attempt could not begin before the deadline. Otherwise the outcome of the last attempt is the outcome: its response, or
 * its error with the earlier failures as `suppressed`.
 *
 * Everything below runs once per attempt. Clients that share the middleware share its budgets.
 *
 * @throws ConfigError
 *
 * @example
 * ```ts
 * const api = createPipeline({ transport: transport(), use: [retry({ attempts: 5 })] })
 * ```
 */
export function retry(options: RetryInit = {}): Middleware<RetryCallOptions> {
  const config = retryConfig(options)
  return layer('retry', config, config.settings)
}

/**
 * What stands in the place of `retry` where calls are not sent again, unless one says so by `retry` of its own. Sends the
 * idempotency keys of calls. The options are those of `retry`, for such calls.
 *
 * @throws ConfigError
 */
export function singleAttempt(options: RetryInit = {}): Middleware<RetryCallOptions> {
  return layer('single-attempt', retryConfig(options), false)
}

function layer(name: string, config: RetryConfig, usual: RetrySettings | false): Middleware<RetryCallOptions> {
  const { settings, budget, budgets: given, idempotencyHeader } = config
  let budgets = given
  const ownHeader = idempotencyHeader !== 'idempotency-key'

  function wrap(next: HttpHandler, runtime: Runtime): HttpHandler {
    if (budget !== false) {
      const shared = (budgets ??= new RetryBudgets(runtime, budget))
      if (usual !== false) runtime.gauge('retry', () => shared.available())
    }
    return (request, call) => {
      let rules = usual
      let sent = request
      if (ownHeader || Object.hasOwn(call.options, 'idempotencyKey') || Object.hasOwn(call.options, 'retry')) {
        try {
          const own = Object.hasOwn(call.options, 'retry') ? call.options['retry'] : undefined
          if (own !== undefined) rules = callSettings(settings, own)
          sent = withIdempotencyKey(request, call, idempotencyHeader)
        } catch (wrong) {
          return Promise.reject(wrong)
        }
      }
      const own = budget === false ? undefined : budgets?.of(sent.origin)
      own?.deposit()
      if (rules === false) return next(sent, call)
      return attempts({ next, runtime, request: sent, call, settings: rules, budget: own })
    }
  }
  return { name, wrap }
}

async function attempts(init: RetrialInit): Promise<HttpResponse> {
  let response: HttpResponse
  try {
    response = await init.next(init.request, init.call)
  } catch (error) {
    return await new Retrial(init).from({ error })
  }
  return isPlainlyFine(response.status, init.settings) ? response : await new Retrial(init).from({ response })
}
