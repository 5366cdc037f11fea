import { headerList, mergeHeaders } from '@halyard/core'
import { forwarded, type IncomingLike } from './forward.ts'
import { OutgoingCall, ownOptions, type CallParts } from './outgoing-call.ts'
import type { PendingCall, Sending } from './pending-call.ts'

/** An inbound request as a call: its verb, headers and body, `options.headers` over its own. */
export function forwardedCall(
  parts: CallParts,
  path: string | URL,
  incoming: IncomingLike | Request,
  options: object | undefined,
): Sending {
  try {
    const { method, headers, body } = forwarded(incoming)
    const extra = ownOptions(options)?.headers
    const merged = extra === undefined ? headers : mergeHeaders(headerList(headers), extra)
    return new OutgoingCall(parts, method, path, body, Object.assign({}, options, { headers: merged }))
  } catch (wrong) {
    return new RefusedCall(wrong)
  }
}

/** What cannot be sent fails as a call does: in its turn. */
class RefusedCall implements Sending {
  readonly target = 'forward'
  readonly #wrong: unknown

  constructor(wrong: unknown) {
    this.#wrong = wrong
  }

  send(pending: PendingCall): void {
    pending.reject(this.#wrong)
  }

  preview(): undefined {
    return undefined
  }
}
