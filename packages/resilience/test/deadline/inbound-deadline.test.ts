import {
  CallContext,
  headerList,
  httpRequest,
  respond,
  type Call,
  type HttpHandler,
  type HttpResponse,
} from '@halyard/core'
import { checkMiddleware, fakeRuntime, type FakeRuntime } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { inboundDeadline, inboundLeftMs, withInboundDeadline } from '../../src/deadline/index.ts'

const request = httpRequest({
  method: 'GET',
  origin: 'http://d.test',
  path: '/?q=1',
  headers: headerList({}),
  body: undefined,
})

/** Answers when the call is cancelled, as a transport does. */
const untilCancelled: HttpHandler = (_request, call) =>
  new Promise((_resolve, reject) => call.addListener({ onCancel: reject }))

function handlerOf(next: HttpHandler, runtime: FakeRuntime): HttpHandler {
  return inboundDeadline().wrap(next, runtime)
}

describe('withInboundDeadline', () => {
  test('what is left goes with the work, over awaits, and no further', async () => {
    const { clock } = fakeRuntime()
    const seen: unknown[] = [inboundLeftMs()]
    const work = withInboundDeadline(
      1000,
      async () => {
        seen.push(inboundLeftMs())
        await clock.advance(400)
        seen.push(inboundLeftMs())
      },
      clock,
    )
    seen.push(inboundLeftMs())
    await work
    expect(seen).toEqual([undefined, 1000, undefined, 600])
  })

  test('of a field’s value; what is none sets none', () => {
    const { clock } = fakeRuntime()
    const left = (value: Parameters<typeof withInboundDeadline>[0]): unknown =>
      withInboundDeadline(value, inboundLeftMs, clock)
    expect(left('1500')).toBe(1500)
    expect(left('2S')).toBe(2000)
    expect(left(0)).toBe(0)
    for (const none of [undefined, '', 'soon', '-1', ['1', '2']]) expect(left(none)).toBeUndefined()
    for (const wrong of [-1, NaN, Infinity])
      expect(() => left(wrong)).toThrow(expect.objectContaining({ code: 'config' }))
  })

  test('within another, the earlier one holds', () => {
    const { clock } = fakeRuntime()
    const nested = (inner: number | undefined): unknown =>
      withInboundDeadline(1000, () => withInboundDeadline(inner, inboundLeftMs, clock), clock)
    expect(nested(300)).toBe(300)
    expect(nested(3000)).toBe(1000)
    expect(nested(undefined)).toBe(1000)
  })

  test('on the machine’s clock by default', () => {
    const left = withInboundDeadline(60_000, inboundLeftMs)
    expect(left).toBeGreaterThan(50_000)
    expect(left).toBeLessThanOrEqual(60_000)
  })

  test('gives and throws what the work gives and throws', () => {
    expect(withInboundDeadline(5, () => 'made')).toBe('made')
    const bug = new Error('a bug')
    expect(() =>
      withInboundDeadline(5, () => {
        throw bug
      }),
    ).toThrow(bug)
  })
})

describe('inboundDeadline', () => {
  function within<T>(ms: number, runtime: FakeRuntime, run: () => T): T {
    return withInboundDeadline(ms, run, runtime.clock)
  }

  test('sets the deadline of the call, and ends it', async () => {
    await using runtime = fakeRuntime()
    await runtime.clock.advance(500)
    let deadlines: unknown
    const handler = handlerOf((sent, call) => {
      deadlines = [call.deadlineAt, call.deadlineMs]
      return untilCancelled(sent, call)
    }, runtime)
    const call = new CallContext()
    const failure = within(1000, runtime, () => handler(request, call)).catch((error: unknown) => error)
    await runtime.clock.advance(1000)
    expect(await failure).toMatchObject({ code: 'timeout', phase: 'total', limitMs: 1000, sent: 'maybe' })
    expect(deadlines).toEqual([1500, 1000])
    // The caller's own call goes on.
    expect(call.cancelled).toBe(false)
    expect(call.deadlineAt).toBeUndefined()
    expect(runtime.clock.pending).toBe(0)
  })

  test('the call’s own holds where it is earlier', async () => {
    await using runtime = fakeRuntime()
    const seen: Call[] = []
    const handler = handlerOf((_request, call) => {
      seen.push(call)
      return Promise.resolve(respond())
    }, runtime)
    const call = new CallContext()
    call.deadlineAt = 800
    await within(1000, runtime, () => handler(request, call))
    expect(seen[0]).toBe(call)
    await within(700, runtime, () => handler(request, call))
    expect(seen[1]?.deadlineAt).toBe(700)
    await handler(request, call)
    expect(seen[2]).toBe(call)
  })

  test('after it nothing is sent', async () => {
    await using runtime = fakeRuntime()
    const handler = handlerOf(() => expect.fail('sent'), runtime)
    for (const ms of [0, 10]) {
      await within(ms, runtime, async () => {
        await runtime.clock.advance(10)
        await expect(handler(request, new CallContext())).rejects.toMatchObject({
          code: 'timeout',
          limitMs: 0,
          sent: 'no',
        })
      })
    }
    expect(runtime.clock.pending).toBe(0)
  })

  test('holds for the body, and ends with it', async () => {
    await using runtime = fakeRuntime()
    let inner: Call | undefined
    const handler = handlerOf((_request, call) => {
      inner = call
      return Promise.resolve(respond({ body: 'x' }))
    }, runtime)
    const read = await within(1000, runtime, () => handler(request, new CallContext()))
    await read.body.bytes()
    await runtime.clock.advance(5000)
    expect(inner?.cancelled).toBe(false)
    await within(1000, runtime, () => handler(request, new CallContext()))
    await runtime.clock.advance(1000)
    expect(inner?.cancelled).toBe(true)
  })

  test('a layer that does not listen is not waited for, and its late answer is let go of', async () => {
    await using runtime = fakeRuntime()
    const late = Promise.withResolvers<HttpResponse>()
    const handler = handlerOf(() => late.promise, runtime)
    const failure = within(100, runtime, () => handler(request, new CallContext())).catch((error: unknown) => error)
    await runtime.clock.advance(100)
    expect(await failure).toMatchObject({
      code: 'timeout',
      message: 'GET http://d.test/: not done within 100 ms (total), which the inbound request left',
    })
    const response = respond({ body: 'x' })
    let settled = false
    response.body.onSettled(() => (settled = true))
    late.resolve(response)
    await runtime.clock.advance(0)
    expect(settled).toBe(true)
  })

  test('a layer’s own error comes out, also one that is thrown at once', async () => {
    await using runtime = fakeRuntime()
    const bug = new TypeError('a bug')
    const throwing = handlerOf(() => {
      throw bug
    }, runtime)
    await expect(within(100, runtime, () => throwing(request, new CallContext()))).rejects.toBe(bug)
    await runtime.clock.advance(1000)
    expect(runtime.clock.pending).toBe(0)
  })

  test('the contract, with and without a deadline', async () => {
    expect(inboundDeadline().name).toBe('inbound-deadline')
    await expect(checkMiddleware(() => inboundDeadline())).resolves.toBeUndefined()
    // The check lets time pass while calls wait, up to their end.
    const except = ['keeps concurrent calls apart'] as const
    await withInboundDeadline(1_000_000, () =>
      expect(checkMiddleware(() => inboundDeadline(), { except })).resolves.toBeUndefined(),
    )
  })
})
