import type { Call, HttpHandler, HttpRequest, HttpResponse, Middleware, Runtime } from '@halyard/core'
import { countedResponse } from './counted-response.ts'
import { outgoingRequest } from './outgoing-request.ts'
import { ToldFailure } from './told-failure.ts'
import {
  carriesDown,
  transferDefaults,
  transferPlan,
  type TransferCallOptions,
  type TransferOptions,
  type TransferPlan,
} from './transfer-options.ts'

/**
 * Progress, bandwidth limits and chunking, by the options of each call. Belongs next to the transport: there it sees the
 * bodies as they are sent and received, attempt by attempt. A call without these options passes as if it were not there.
 *
 * The upload counts what the socket has taken, the download what the reader has. Each attempt starts anew at 0, and so
 * does a body that the transport itself sends once more.
 *
 * @example
 * ```ts
 * const api = createPipeline({ transport: transport(), use: [transfer()] })
 * await api.request('PUT', url, {
 *   body,
 *   onUploadProgress: ({ ratio = 0 }) => bar.update(ratio),
 *   rateBytesPerSecond: { up: 1_000_000 },
 * })
 * ```
 * @throws ConfigError for a wrong option.
 */
export function transfer(options: TransferOptions = {}): Middleware<TransferCallOptions> {
  const defaults = transferDefaults(options)
  const isAuto = defaults.chunking === 'auto'
  return {
    name: 'transfer',
    wrap: (next, runtime) => (request, call) => {
      if (isAuto && asksNothing(call.options)) return next(request, call)
      let plan: TransferPlan | undefined
      try {
        plan = transferPlan(call.options, defaults)
      } catch (wrong) {
        return Promise.reject(wrong)
      }
      return plan === undefined ? next(request, call) : carry(request, call, plan, next, runtime)
    },
  }
}

/** The hot path. What a polluted prototype adds is sorted out by whoever looks closer. */
function asksNothing(options: Call['options']): boolean {
  return (
    options['onUploadProgress'] === undefined &&
    options['onDownloadProgress'] === undefined &&
    options['rateBytesPerSecond'] === undefined &&
    options['chunking'] === undefined
  )
}

async function carry(
  request: HttpRequest,
  call: Call,
  plan: TransferPlan,
  next: HttpHandler,
  runtime: Runtime,
): Promise<HttpResponse> {
  const told = new ToldFailure()
  const outgoing = await outgoingRequest(request, call, plan, runtime, told)
  let response: HttpResponse
  try {
    response = await next(outgoing, call)
  } catch (error) {
    throw told.instead(error)
  }
  return carriesDown(plan) ? countedResponse(response, request, call, plan, runtime) : response
}
