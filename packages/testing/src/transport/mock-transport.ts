import {
  type Call,
  describeTarget,
  type HttpRequest,
  type HttpResponse,
  respond,
  type RespondInit,
  type Transport,
} from '@halyard/core'
import { cancellable } from './cancellable.ts'
import { record, type RecordedRequest } from './recorded-request.ts'

/** Answers a request of the mock transport. */
export type MockHandler = (request: HttpRequest, call: Call) => HttpResponse | Promise<HttpResponse>

/** One answer of a list: a response, what `respond` takes, an error to fail with, or a handler. */
export type MockAnswer = HttpResponse | RespondInit | Error | MockHandler

/** A transport that asks nobody, and remembers what it was asked. */
export interface MockTransport extends Transport {
  /** In the order in which they came. */
  readonly requests: readonly RecordedRequest[]
  /** Responses given out whose body nobody has read to its end or discarded. Those without a body do not count. */
  openBodies(): number
}

/**
 * Makes a transport that answers by a handler, by one answer for every request, or by a list, one after the other.
 *
 * @example
 * ```ts
 * const transport = mockTransport([{ status: 503 }, { status: 200, body: 'ok' }])
 * ```
 */
export function mockTransport(answers: MockHandler | RespondInit | readonly MockAnswer[]): MockTransport {
  const requests: RecordedRequest[] = []
  const open = new Set<HttpResponse>()
  const answer = answering(answers)
  return {
    name: 'mock',
    requests,
    openBodies: () => open.size,
    open: () => (request, call) => {
      const work = async (): Promise<HttpResponse> => {
        requests.push(await record(request, call))
        const response = await answer(request, call)
        if (mayHaveBody(request, response)) {
          open.add(response)
          response.body.onSettled(() => open.delete(response))
        }
        return response
      }
      return cancellable(request, call, work, (response) => void response.body.discard())
    },
  }
}

function answering(answers: MockHandler | RespondInit | readonly MockAnswer[]): MockHandler {
  if (typeof answers === 'function') return answers
  if (!isList(answers)) return (request) => made(answers, request)
  let used = 0
  return (request, call) => {
    const next = answers[used]
    if (next === undefined) {
      throw new Error(`${describeTarget(request)}: the mock transport has no answer left; it was given ${used}`)
    }
    used += 1
    if (typeof next === 'function') return next(request, call)
    if (next instanceof Error) throw next
    return isResponse(next) ? next : made(next, request)
  }
}

function made(init: RespondInit, request: HttpRequest): HttpResponse {
  const response = respond({ url: request.url, ...init })
  if (init.body === undefined || init.body.length === 0) withoutBody.add(response)
  return response
}

/** Responses that were made without a body: there is nothing to read, the exchange is over. */
const withoutBody = new WeakSet<HttpResponse>()

function mayHaveBody(request: HttpRequest, response: HttpResponse): boolean {
  const { status } = response
  return !withoutBody.has(response) && request.method !== 'HEAD' && status !== 204 && status !== 304
}

function isList(answers: RespondInit | readonly MockAnswer[]): answers is readonly MockAnswer[] {
  return Array.isArray(answers)
}

function isResponse(answer: HttpResponse | RespondInit): answer is HttpResponse {
  return 'trailers' in answer
}
