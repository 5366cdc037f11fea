import { describeTarget, type Call, type Clock, type HttpRequest, type HttpResponse } from '@halyard/core'
import { Brake } from '../progress/brake.ts'
import { TransferMeter } from '../progress/transfer-meter.ts'
import { CallGuard } from './call-guard.ts'
import { CountedBody } from './counted-body.ts'
import { ResponseWithBody } from '../body/response-with-body.ts'
import type { TransferPlan } from './transfer-options.ts'

/** A response whose body is counted and braked as it is read. */
export function countedResponse(
  response: HttpResponse,
  request: HttpRequest,
  call: Call,
  plan: TransferPlan,
  clock: Clock,
): HttpResponse {
  const { onDownload, down } = plan
  const target = describeTarget(request)
  const body = new CountedBody({
    inner: response.body,
    maxBytes: plan.maxBodyBytes,
    target,
    pace:
      down === undefined
        ? undefined
        : { brake: new Brake(clock, down), guard: new CallGuard(call, clock, target, 'yes') },
    meter:
      onDownload === undefined
        ? undefined
        : new TransferMeter({
            clock,
            totalBytes: totalBytes(request.method, response),
            attempt: call.attempt,
            listener: onDownload,
          }),
  })
  return new ResponseWithBody(response, body)
}

/** RFC 9110 §8.6: in answers without a body, the field is the length of another one. */
function totalBytes(method: string, { status, headers }: HttpResponse): number | undefined {
  if (method === 'HEAD' || status === 204 || status === 304) return 0
  const length = headers.get('content-length')
  return length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : undefined
}
