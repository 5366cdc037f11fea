import { describeTarget, type Call, type Clock, type HttpRequest, type RequestBody } from '@halyard/core'
import { Brake } from '../progress/brake.ts'
import { CallGuard } from './call-guard.ts'
import { CarriedBody } from './carried-body.ts'
import type { ToldFailure } from './told-failure.ts'
import { carriesUp, type TransferPlan } from './transfer-options.ts'
import { wholeBody } from './whole-body.ts'

/**
 * The request as the transport is to send it.
 * @throws BodyError `too-large`, `encode` or `not-replayable`, AbortedError or TimeoutError, where the body has to be read
 * before it is sent.
 */
export async function outgoingRequest(
  request: HttpRequest,
  call: Call,
  plan: TransferPlan,
  clock: Clock,
  told: ToldFailure,
): Promise<HttpRequest> {
  const length = lengthOf(request)
  let { body, headers } = request
  if (body === undefined) return request
  if (plan.chunking === 'always') headers = headers.without('content-length')
  if (plan.chunking === 'never' && length === undefined) {
    const target = describeTarget(request)
    body = await wholeBody(body, new CallGuard(call, clock, target, 'no'), plan.maxBufferedBytes, target)
  }
  if (plan.chunking === 'always' || carriesUp(plan)) body = carried(body, length, call, plan, clock, told)
  return body === request.body ? request : request.with({ body, headers })
}

function carried(
  body: RequestBody,
  length: number | undefined,
  call: Call,
  plan: TransferPlan,
  clock: Clock,
  told: ToldFailure,
): RequestBody {
  return new CarriedBody(body, {
    hidesLength: plan.chunking === 'always',
    brake: plan.up === undefined ? undefined : new Brake(clock, plan.up),
    progress:
      plan.onUpload === undefined
        ? undefined
        : {
            clock,
            totalBytes: body.length ?? length,
            attempt: call.attempt,
            listener: told.watch(plan.onUpload),
          },
  })
}

/** From the body, or from the caller who knows better. */
function lengthOf({ body, headers }: HttpRequest): number | undefined {
  if (body?.length !== undefined) return body.length
  const header = headers.get('content-length')
  return header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : undefined
}
