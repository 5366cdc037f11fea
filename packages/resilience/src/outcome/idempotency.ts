import { callKey, type Call, type CallKey, type HttpRequest } from '@halyard/core'

const defaultHeader = 'idempotency-key'

/** The header that carries the key of a call, where it is not the default. */
const headerKey: CallKey<string> = callKey('idempotency-header')

/** Tells the layers below which header carries the idempotency key. */
export function carryKeyIn(header: string, call: Call): void {
  if (header !== defaultHeader) call.set(headerKey, header)
}

/** Whether the request carries an idempotency key: the server can tell a repetition from a second request. */
export function isKeyed(request: HttpRequest, call: Call): boolean {
  return request.headers.has(call.get(headerKey) ?? defaultHeader)
}
