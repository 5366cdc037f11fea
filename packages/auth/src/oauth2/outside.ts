import { attachSend, CallContext, ClientRuntime, httpRequest, noHeaders, type Clock, type Runtime } from '@halyard/core'
import { fetchSend } from './fetch-send.ts'
import type { Session } from './exchange.ts'
import type { ResolvedHttp } from './http-options.ts'
import { TokenFailure } from './oauth2-error.ts'
import type { Waiter } from './token-source.ts'

/** What a step takes that a program does outside of any call, as a sign-in. */
export interface StepOptions {
  /** Gives up the wait. */
  readonly signal?: AbortSignal | undefined
}

/** The surroundings of such steps: `http.via` where it is given, else Node's `fetch`. */
export class Outside {
  readonly runtime: Runtime
  readonly #http: ResolvedHttp

  constructor(http: ResolvedHttp, clock?: Clock) {
    this.runtime = attachSend(new ClientRuntime(clock), fetchSend(http.maxBytes))
    this.#http = http
  }

  session(signal?: AbortSignal): Session {
    return { runtime: this.runtime, call: new CallContext(undefined, signal), http: this.#http }
  }

  /** A waiter for `url`, which is what errors name. */
  waiter(url: URL, signal?: AbortSignal): Waiter {
    const parts = { method: 'POST', origin: url.origin, path: url.pathname, headers: noHeaders, body: undefined }
    const call = new CallContext(undefined, signal)
    return { request: httpRequest(parts), call, runtime: this.runtime, sent: 'no' }
  }
}

/** What failed inside becomes an error for callers. */
export async function asError<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw error instanceof TokenFailure ? error.toError('', 'no') : error
  }
}
