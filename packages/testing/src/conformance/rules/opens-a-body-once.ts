import type { HttpRequest, RequestBody, RespondInit } from '@halyard/core'
import { brokenConnection } from '../failures.ts'
import { Broken } from '../trial.ts'
import type { Rule } from '../rule.ts'

/** What may lead to sending once more; `undefined` is a broken connection. */
const outcomes: readonly (RespondInit | undefined)[] = [
  undefined,
  { status: 200 },
  { status: 307, headers: { location: '/elsewhere' } },
  { status: 401, headers: { 'www-authenticate': 'Bearer, Basic realm="conformance"' } },
  { status: 429 },
  { status: 503 },
]

/** A body that cannot be opened again is opened once: by `next`, or by the middleware for another body. */
export const opensABodyOnce: Rule = {
  name: 'opens a body once',
  check: async (bench) => {
    for (const method of ['POST', 'PUT']) {
      for (const outcome of outcomes) {
        const body = new OneShotBody()
        await using trial = bench.trial(({ request, respond }) => {
          send(request)
          if (outcome === undefined) return Promise.reject(brokenConnection(request))
          return respond({ ...outcome, body: 'x' })
        })
        const ended = await trial.run(trial.request.with({ method, body }))
        await ended.read()
        if (body.opened > 1)
          throw new Broken(
            `${method} with a body that cannot be sent again, next ${outcome === undefined ? 'fails' : `answers ${outcome.status}`}: the body was opened ${body.opened} times`,
          )
      }
    }
  },
}

function send(request: HttpRequest): void {
  request.body?.open()
}

class OneShotBody implements RequestBody {
  readonly contentType = 'text/plain'
  readonly length = 4
  readonly replayable = false
  opened = 0

  open(): Uint8Array {
    this.opened += 1
    return new TextEncoder().encode('once')
  }
}
