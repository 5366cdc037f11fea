import { CallContext, DeadlineReason, respond, type HttpRequest, type HttpResponse } from '@halyard/core'
import { fakeRuntime } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { auth, type AuthProvider } from '../../src/index.ts'
import { origin, requestTo, thrownBy } from '../schemes/kit.ts'

type Phase = 'apply' | 'challenge'

/** A provider that waits until it is told, in one of its phases; and a chain that answers 401. */
function waiting(phase: Phase) {
  const runtime = fakeRuntime()
  const asked = Promise.withResolvers<void>()
  const work = Promise.withResolvers<HttpRequest>()
  const wait = (): Promise<HttpRequest> => {
    asked.resolve()
    return work.promise
  }
  const provider: AuthProvider = {
    name: 'slow',
    apply: (request) => (phase === 'apply' ? wait() : request),
    challenge: wait,
  }
  const responses: HttpResponse[] = []
  let open = 0
  const handler = auth(provider, { origins: [origin] }).wrap(() => {
    const response = respond({ status: 401, body: 'x' })
    open += 1
    response.body.onSettled(() => (open -= 1))
    responses.push(response)
    return Promise.resolve(response)
  }, runtime)
  return { runtime, handler, asked: asked.promise, work, responses, open: () => open }
}

const request = requestTo(`${origin}/x`)

describe.each<[Phase, string]>([
  ['apply', 'no'],
  ['challenge', 'yes'],
])('while a provider works, in %s', (phase, sent) => {
  test('a call that is aborted ends at once, and the work goes on', async () => {
    const { runtime, handler, asked, work, responses, open } = waiting(phase)
    const call = new CallContext()
    const outcome = thrownBy(() => handler(request, call))
    await asked
    const before = responses.length
    const reason = new Error('enough')
    call.cancel(reason)
    expect(await outcome).toMatchObject({ code: 'aborted', sent, cause: reason, target: `GET ${origin}/x` })
    work.resolve(request)
    await runtime.clock.advance(1)
    expect([responses.length, open(), runtime.clock.pending]).toEqual([before, 0, 0])
  })

  test('a deadline that somebody else keeps is kept', async () => {
    const { handler, asked, work, open } = waiting(phase)
    const call = new CallContext()
    const outcome = thrownBy(() => handler(request, call))
    await asked
    call.cancel(new DeadlineReason('attempt', 50))
    expect(await outcome).toMatchObject({ code: 'timeout', phase: 'attempt', limitMs: 50, sent })
    // Nobody waits any more: no unhandled rejection.
    work.reject(new Error('late'))
    expect(open()).toBe(0)
  })

  test('a deadline that nobody else keeps is kept', async () => {
    const { runtime, handler, asked, work, open } = waiting(phase)
    const call = new CallContext()
    call.deadlineAt = runtime.now() + 50
    call.deadlineMs = 50
    const outcome = thrownBy(() => handler(request, call))
    await asked
    await runtime.clock.advance(50)
    expect(await outcome).toMatchObject({ code: 'timeout', phase: 'total', limitMs: 50, sent })
    work.resolve(request)
    expect([open(), runtime.clock.pending]).toEqual([0, 0])
  })

  test('the bare reason of a cancellation does not come out', async () => {
    const { handler, asked, work } = waiting(phase)
    const call = new CallContext()
    const outcome = thrownBy(() => handler(request, call))
    await asked
    const reason = new Error('enough')
    work.reject(reason)
    call.cancel(reason)
    expect(await outcome).toMatchObject({ code: 'aborted' })
  })

  test('in time, it leaves no timer', async () => {
    const { runtime, handler, work, responses } = waiting(phase)
    const call = new CallContext()
    call.deadlineAt = runtime.now() + 50
    work.resolve(request)
    const answer = await handler(request, call)
    expect([answer.status, responses.length, runtime.clock.pending]).toEqual([401, 2, 0])
  })
})

test('a call that was cancelled before asks no provider', async () => {
  let asked = 0
  const provider: AuthProvider = { name: 'x', apply: (plain) => ((asked += 1), plain) }
  const handler = auth(provider, { origins: [origin] }).wrap(() => Promise.resolve(respond()), fakeRuntime())
  const call = new CallContext()
  call.cancel(new Error('enough'))
  expect(await thrownBy(() => handler(request, call))).toMatchObject({ code: 'aborted', sent: 'no' })
  expect(asked).toBe(0)
})
