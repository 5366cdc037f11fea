import {
  classify as classifyOf,
  ConfigError,
  describeTarget,
  isHttpError,
  suppress,
  type Call,
  type Classify,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  type Middleware,
  type Outcome,
  type Runtime,
} from '@halyard/core'
import { guarded, optionObject } from '@halyard/core/options'
import { AttemptFailure, givenUp, whileWanted } from '../outcome/index.ts'
import type { FallbackEvent } from './fallback-event.ts'
import type { FallbackHandler } from './fallback-handler.ts'

/** What a fallback is asked for. */
export interface FallbackOptions {
  /** Says what a failure is: `transient` and `failure` are. @defaultValue that of `@halyard/core` */
  readonly classify?: Classify | undefined
}

const isClassify = (value: unknown): value is Classify => typeof value === 'function'
const optionsSpec = optionObject({ classify: guarded(isClassify, 'a function') })

/**
 * Answers in place of what failed for good: statuses and errors that `classify` calls a failure, requests that the client
 * itself refused (`rejected`), credentials that could not be had (`auth`). A call that its caller gave up has no fallback.
 *
 * The failing response is discarded when it is replaced. Where `handler` gives `undefined`, the failure stands. Where it
 * throws, the failure stands, too, with what was thrown among its `suppressed`. No time limit holds for `handler` but those
 * of the layers outside: it answers for a spent deadline, too.
 *
 * @throws ConfigError
 *
 * @example
 * ```ts
 * fallback((failure) => (failure.kind === 'rejected' ? respond({ body: '[]' }) : undefined))
 * ```
 */
export function fallback(handler: FallbackHandler, options: FallbackOptions = {}): Middleware {
  if (typeof handler !== 'function')
    throw new ConfigError({ option: 'fallback', value: handler, expected: 'a function' })
  const classify = optionsSpec(options, 'fallback').classify ?? classifyOf
  return {
    name: 'fallback',
    wrap: (next, runtime) => (request, call) => withFallback(next, request, call, { handler, classify, runtime }),
  }
}

interface Parts {
  readonly handler: FallbackHandler
  readonly classify: Classify
  readonly runtime: Runtime
}

async function withFallback(next: HttpHandler, request: HttpRequest, call: Call, parts: Parts): Promise<HttpResponse> {
  let outcome: Outcome
  try {
    const response = await next(request, call)
    outcome = { response }
    if (!isFailure(request, outcome, parts.classify)) return response
  } catch (error) {
    outcome = { error }
    if (call.cancelled || !isFailure(request, outcome, parts.classify)) throw error
  }
  return await replaced(request, call, new AttemptFailure(request, outcome, call.attempt), parts)
}

function isFailure(request: HttpRequest, outcome: Outcome, classify: Classify): boolean {
  const verdict = classify(request, outcome)
  if (verdict !== 'ignore') return verdict !== 'ok'
  return isHttpError(outcome.error, 'rejected') || isHttpError(outcome.error, 'auth')
}

async function replaced(
  request: HttpRequest,
  call: Call,
  failure: AttemptFailure,
  { handler, runtime }: Parts,
): Promise<HttpResponse> {
  let other: HttpResponse | undefined
  try {
    const made = handler(failure, request)
    // The deadline lies inside of the fallback; that it is spent is no reason to leave.
    other = made instanceof Promise ? await whileWanted(made, call, undefined, letGo) : made
    check(other)
  } catch (thrown) {
    tell('failed', failure, runtime, thrown)
    if (isHttpError(failure.error)) suppress(failure.error, [thrown])
    return stand(failure)
  }
  if (call.cancelled) {
    letGo(other)
    void failure.discard()
    throw givenUp(request, call)
  }
  tell(other === undefined ? 'stood' : 'replaced', failure, runtime, undefined)
  if (other === undefined || other === failure.response) return stand(failure)
  void failure.discard()
  return other
}

function stand({ answer, error }: AttemptFailure): HttpResponse {
  if (answer === undefined) throw error
  return answer
}

/** An answer that nobody waits for any more. */
function letGo(response: HttpResponse | undefined): void {
  void response?.body.discard()
}

function check(made: unknown): void {
  if (made === undefined) return
  if (typeof made === 'object' && made !== null && 'status' in made && 'body' in made) return
  throw new ConfigError({ option: 'fallback', value: made, expected: 'a function that gives a response or undefined' })
}

function tell(type: FallbackEvent['type'], failure: AttemptFailure, runtime: Runtime, thrown: unknown): void {
  if (!runtime.events.listening('fallback')) return
  const { kind, response, error, request } = failure
  const event: FallbackEvent = { type, target: describeTarget(request), kind, status: response?.status, error, thrown }
  runtime.events.emit('fallback', event)
}
