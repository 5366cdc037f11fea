import type { HttpHandler, HttpResponse, Middleware, Runtime } from '@halyard/core'
import { RetryBudgets } from './budgets.ts'
import { withIdempotencyKey } from './idempotency-key.ts'
import { isPlainlyFine } from './judgement.ts'
import { Retrial, type RetrialInit } from './retrial.ts'
import type { RetryCallOptions, RetryInit } from './retry-options.ts'
import { callSettings, retryConfig, type RetrySettings } from './retry-settings.ts'

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
  const { settings, budget, budgets: given, idempotencyHeader } = retryConfig(options)
  let budgets = given
  const ownHeader = idempotencyHeader !== 'idempotency-key'

  function wrap(next: HttpHandler, runtime: Runtime): HttpHandler {
    if (budget !== false) {
      const shared = (budgets ??= new RetryBudgets(runtime, budget))
      runtime.gauge('retry', () => shared.available())
    }
    return (request, call) => {
      let rules: RetrySettings | false = settings
      let sent = request
      if (ownHeader || Object.hasOwn(call.options, 'idempotencyKey') || Object.hasOwn(call.options, 'retry')) {
        try {
          if (Object.hasOwn(call.options, 'retry')) rules = callSettings(settings, call.options['retry'])
          sent = withIdempotencyKey(request, call, idempotencyHeader)
        } catch (wrong) {
          return Promise.reject(wrong)
        }
      }
      const own = budget === false ? undefined : budgets?.of(sent.origin)
      own?.deposit()
      if (rules === false || rules.attempts === 1) return next(sent, call)
      return attempts({ next, runtime, request: sent, call, settings: rules, budget: own })
    }
  }
  return { name: 'retry', wrap }
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
