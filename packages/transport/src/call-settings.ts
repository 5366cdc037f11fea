import type { Call } from '@halyard/core'
import type { ExchangeSettings } from './exchange/exchange-settings.ts'
import { limitsSpec, timeoutSpec } from './transport-options.ts'

/** Per-request options of the transport. */
export interface TransportRequestOptions {
  /** `timeout` of this call: what is given replaces the client's, the rest stands. A number is the facade's `totalMs`. */
  readonly timeout:
    | number
    | false
    | { readonly queueMs?: number | false; readonly headersMs?: number | false; readonly idleMs?: number | false }
  readonly limits: { readonly bodyBytes?: number; readonly interimResponses?: number }
  /** Told of each 1xx answer. */
  readonly onInformational: (status: number, headers: unknown) => void
}

/** Names of `timeout` that other layers own. */
const foreign = new Set(['totalMs', 'attemptMs'])

/** The client's settings, or a copy with what this call says of its own. */
export function callSettings(configured: ExchangeSettings, call: Call): ExchangeSettings {
  const { options } = call
  const timeout = Object.hasOwn(options, 'timeout') ? options['timeout'] : undefined
  const limits = Object.hasOwn(options, 'limits') ? options['limits'] : undefined
  if (limits === undefined && (timeout === undefined || typeof timeout !== 'object')) return configured
  const ownTimeout =
    typeof timeout === 'object' && timeout !== null ? timeoutSpec(withoutForeign(timeout), 'timeout') : undefined
  const ownLimits = limits === undefined ? undefined : limitsSpec(limits, 'limits')
  return {
    timeouts: {
      queueMs: ownTimeout?.queueMs ?? configured.timeouts.queueMs,
      headersMs: ownTimeout?.headersMs ?? configured.timeouts.headersMs,
      idleMs: ownTimeout?.idleMs ?? configured.timeouts.idleMs,
    },
    limits: {
      ...configured.limits,
      bodyBytes: ownLimits?.bodyBytes ?? configured.limits.bodyBytes,
      interimResponses: ownLimits?.interimResponses ?? configured.limits.interimResponses,
    },
  }
}

function withoutForeign(timeout: object): object {
  return Object.fromEntries(Object.entries(timeout).filter(([name]) => !foreign.has(name)))
}
