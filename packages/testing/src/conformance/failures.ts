import { describeTarget, type HttpRequest, type HttpResponse, TransportError } from '@halyard/core'
import type { NextCall } from './trial.ts'

/** A connection that broke: the error that is most often tried again. */
export function brokenConnection(request: HttpRequest): TransportError {
  const target = describeTarget(request)
  return new TransportError(`${target}: the connection broke`, { code: 'socket', sent: 'maybe', target })
}

/** Pends until the call is cancelled, and fails with the reason, as a transport does. */
export function pendUntilCancelled({ call }: NextCall): Promise<HttpResponse> {
  return new Promise((_resolve, reject) => call.addListener({ onCancel: reject }))
}
