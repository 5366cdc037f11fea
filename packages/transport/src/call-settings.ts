import type { Call } from '@halyard/core'
import { durationMs, integer, optionObject, orFalse } from '@halyard/core/options'
import type { ExchangeSettings } from './exchange/exchange-settings.ts'

const duration = orFalse(durationMs)
const anything = (value: unknown): unknown => value
/** `totalMs` and `attemptMs` are other layers'. Connecting is the pool's, which calls share. */
const timeoutSpec = optionObject({
  queueMs: duration,
  headersMs: duration,
  idleMs: duration,
  totalMs: anything,
  attemptMs: anything,
})
const limitsSpec = optionObject({
  bodyBytes: integer({ min: 0 }),
  interimResponses: integer({ min: 0 }),
  decodedRatio: anything,
})

/** Per-request options of the transport. */
export interface TransportRequestOptions {
  /** `timeout` of this call: what is given replaces the client's, the rest stands. A number is the facade's `totalMs`. */
  readonly timeout:
    | number
    | false
    | {
        readonly queueMs?: number | false | undefined
        readonly headersMs?: number | false | undefined
        readonly idleMs?: number | false | undefined
      }
  readonly limits: { readonly bodyBytes?: number | undefined; readonly interimResponses?: number | undefined }
  /** Told of each 1xx answer. */
  readonly onInformational: (status: number, headers: unknown) => void
}

/** The client's settings, or a copy with what this call says of its own. */
export function callSettings(configured: ExchangeSettings, call: Call): ExchangeSettings {
  const { options } = call
  const timeout = Object.hasOwn(options, 'timeout') ? options['timeout'] : undefined
  const limits = Object.hasOwn(options, 'limits') ? options['limits'] : undefined
  if (limits === undefined && (timeout === undefined || typeof timeout !== 'object')) return configured
  const ownTimeout = typeof timeout === 'object' && timeout !== null ? timeoutSpec(timeout, 'timeout') : undefined
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
