import { CallContext, DeadlineReason, newCall, type Call, type HttpResponse } from '@halyard/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { constant, type RetryInit } from '../../src/retry/index.ts'
import { broken, request } from './kit/failures.ts'
import { CountedCall, Scene } from './kit/scene.ts'

const half: RetryInit = { backoff: constant({ ms: 500 }) }

function limited(ms: number): CountedCall {
  const call = new CountedCall()
  call.deadlineAt = ms
  call.deadlineMs = ms
  return call
}

describe('Retry-After', () => {
  const busy = (after: string, status = 503): { status: number; headers: Record<string, string> } => ({
    status,
    headers: { 'retry-after': after },
  })

  test.each([429, 503, 500])('of %i: no attempt comes earlier, and the backoff is added', async (status) => {
    const scene = new Scene(half, [busy('2', status), busy('0', status), {}])
    await scene.run(request())
    expect(scene.waits).toEqual([2500, 500])
  })

  test('as a date, on the clock of the runtime', async () => {
    // The fake clock begins at 2026-01-01T00:00:00Z.
    const scene = new Scene(half, [busy('Thu, 01 Jan 2026 00:00:09 GMT'), {}])
    await scene.run(request())
    expect(scene.waits).toEqual([9500])
  })

  test.each(['-5', 'soon', '', '1.5'])('%j is ignored', async (after) => {
    const scene = new Scene(half, [busy(after), {}])
    await scene.run(request())
    expect(scene.waits).toEqual([500])
  })

  test.each<[RetryInit['retryAfter'], string, number[]]>([
    [true, '300', [300_500]],
    [true, '301', []],
    [true, '1000000000', []],
    [true, '9'.repeat(300), []],
    [{ maxMs: 1000 }, '1', [1500]],
    [{ maxMs: 1000 }, '2', []],
    [{ maxMs: 3_600_000 }, '3600', [3_600_500]],
    [{}, '301', []],
    [false, '1000000000', [500]],
  ])('with %j, of a call without a deadline, %s', async (retryAfter, after, waits) => {
    const scene = new Scene({ ...half, retryAfter }, [busy(after), {}])
    expect((await scene.run(request())).status).toBe(waits.length === 0 ? 503 : 200)
    expect(scene.waits).toEqual(waits)
  })

  test('beyond the deadline: the answer stands, at once', async () => {
    const scene = new Scene(half, [busy('10')])
    const response = await scene.start(request(), limited(10_000))
    expect(response.status).toBe(503)
    expect(scene.runtime.now()).toBe(0)
    expect(scene.open).toEqual(new Set([response]))
  })

  test('a long wait that the deadline allows', async () => {
    const scene = new Scene(half, [busy('600'), {}])
    expect((await scene.run(request(), limited(601_000))).status).toBe(200)
  })

  test('a spent RateLimit is as good; Retry-After goes first', async () => {
    const spent = { status: 429, headers: { ratelimit: '"default";r=0;t=3' } }
    const scene = new Scene(half, [spent, { status: 429, headers: { ...spent.headers, 'retry-after': '1' } }, {}])
    await scene.run(request())
    expect(scene.waits).toEqual([3500, 1500])
  })
})

describe('the deadline', () => {
  test('no attempt begins at it or after it, whatever the numbers', async () => {
    const wait = fc.integer({ min: 0, max: 2000 })
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5000 }),
        fc.array(wait, { minLength: 1, maxLength: 8 }),
        wait,
        async (deadline, waits, took) => {
          const slow = async (): Promise<HttpResponse> => {
            await scene.runtime.sleep(took)
            throw broken()
          }
          const scene = new Scene({ attempts: 9, backoff: (attempt) => waits[attempt - 1] ?? 100 }, [slow])
          const call = limited(deadline)
          let endedAt = 0
          const ended = scene.start(request(), call).catch(() => (endedAt = scene.runtime.now()))
          await scene.runtime.clock.runAll()
          await ended
          for (const { at } of scene.seen.slice(1)) expect(at).toBeLessThan(deadline)
          // It ends as its last attempt does: it does not wait for nothing.
          expect(endedAt).toBe((scene.seen.at(-1)?.at ?? 0) + took)
          expect(call.listeners).toBe(0)
          expect(scene.runtime.clock.pending).toBe(0)
        },
      ),
      { numRuns: 60, examples: [[3391, [1399, 0], 1991]] },
    )
  })

  test('that is lifted meanwhile binds nobody', async () => {
    const scene = new Scene(half, [{ status: 503 }, {}])
    const call = limited(400)
    call.deadlineAt = undefined
    expect((await scene.run(request(), call)).status).toBe(200)
  })

  test('passed during the wait, as when the process was stopped: a timeout, and nothing is sent', async () => {
    const scene = new Scene(half, [broken()])
    const call = limited(1000)
    const started = scene.start(request(), call)
    await scene.runtime.clock.advance(0)
    call.deadlineAt = 300
    await scene.runtime.clock.runAll()
    await expect(started).rejects.toMatchObject({ code: 'timeout', phase: 'total', limitMs: 1000, sent: 'maybe' })
    expect(scene.seen).toHaveLength(1)
  })
})

describe('giving up during the wait', () => {
  async function givenUp(
    reason: unknown,
    steps = [{ status: 503 }],
    own?: Call,
  ): Promise<[unknown, Scene, CountedCall]> {
    const scene = new Scene({ ...half, attempts: 9 }, steps)
    const call = own instanceof CountedCall ? own : new CountedCall()
    const started = scene.start(request(), call)
    await scene.runtime.clock.advance(600)
    call.cancel(reason)
    const error: unknown = await started.catch((failure: unknown) => failure)
    // At once, not when the wait would have been over.
    expect(scene.runtime.now()).toBe(600)
    expect(scene.runtime.clock.pending).toBe(0)
    expect(scene.open.size).toBe(0)
    await scene.runtime.clock.runAll()
    expect(scene.seen).toHaveLength(2)
    return [error, scene, call]
  }

  test('by the caller', async () => {
    const reason = new Error('no longer wanted')
    const [error] = await givenUp(reason)
    expect(error).toMatchObject({
      code: 'aborted',
      cause: reason,
      sent: 'yes',
      message: 'GET http://retry.test/things: aborted by the caller',
    })
    expect(error).toMatchObject({ suppressed: [{ status: 503 }, { status: 503 }] })
  })

  test('by a limit', async () => {
    const [error] = await givenUp(new DeadlineReason('total', 600))
    expect(error).toMatchObject({ code: 'timeout', phase: 'total', limitMs: 600, sent: 'yes' })
  })

  test('by an error of ours', async () => {
    const reason = broken()
    expect((await givenUp(reason))[0]).toBe(reason)
  })

  test('by a signal, on which nobody listens afterwards', async () => {
    const controller = new AbortController()
    const scene = new Scene(half, [{ status: 503 }])
    const call = newCall({}, controller.signal)
    const started = scene.start(request(), call)
    await scene.runtime.clock.advance(100)
    controller.abort(new Error('stop'))
    await expect(started).rejects.toMatchObject({ code: 'aborted' })
    expect(scene.runtime.clock.pending).toBe(0)
  })

  test('a call cancelled while its answer came is not tried again', async () => {
    const call = new CallContext()
    const cut = broken()
    const scene = new Scene(half, [
      () => {
        call.cancel(new Error('no longer'))
        return Promise.reject(cut)
      },
    ])
    await expect(scene.run(request(), call)).rejects.toBe(cut)
    expect(scene.seen).toHaveLength(1)
  })
})

test('after each call no timer and no listener is left', async () => {
  for (const last of [{ status: 200 }, { status: 503 }, broken()]) {
    const scene = new Scene(half, [{ status: 503 }, broken(), last])
    const call = limited(60_000)
    await scene.run(request(), call).catch(() => undefined)
    expect(scene.seen).toHaveLength(3)
    expect(call.listeners).toBe(0)
    expect(scene.runtime.clock.pending).toBe(0)
  }
})

test('a body that never ends does not hold up the next attempt', async () => {
  const scene = new Scene(half, [
    () => {
      const response = { ...stuck() }
      return Promise.resolve(response)
    },
    { status: 200 },
  ])
  expect((await scene.run(request())).status).toBe(200)
  expect(scene.waits).toEqual([500])
})

function stuck(): HttpResponse {
  const never = new Promise<never>(() => undefined)
  const body: HttpResponse['body'] = {
    bytes: () => never,
    stream: () => expect.fail('read'),
    discard: () => never,
    onSettled: () => undefined,
    [Symbol.asyncDispose]: () => never,
  }
  const { headers } = request()
  const url = new URL('http://retry.test/')
  return { status: 503, statusText: '', httpVersion: '1.1', headers, url, body, trailers: () => never }
}
