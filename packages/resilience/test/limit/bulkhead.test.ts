import { CallContext, DeadlineReason, RejectedError } from '@halyard/core'
import { checkMiddleware } from '@halyard/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { adaptiveLimit, bulkhead, type Priority } from '../../src/limit/index.ts'
import { noteSent, sentSoFar } from '../../src/outcome/index.ts'
import { broken, Scripted, type Started } from './kit/scripted.ts'

const origin = 'http://a.test'

function waiting(chain: Scripted, priority: Priority): Started {
  return chain.start({ options: { priority } })
}

/** Answers the call that came through as the `index`-th, and reads the answer. */
async function finish(chain: Scripted, index: number): Promise<void> {
  const response = chain.sent[index]?.answer({ body: 'x' })
  await chain.settle()
  await response?.body.bytes()
  await chain.settle()
}

test('keeps the contract', async () => {
  await expect(checkMiddleware(() => bulkhead({ maxConcurrent: 50 }))).resolves.toBeUndefined()
  const queued = checkMiddleware(() => bulkhead({ maxConcurrent: 1, maxQueued: 100 }), { concurrentCalls: 1 })
  await expect(queued).resolves.toBeUndefined()
  await expect(checkMiddleware(() => adaptiveLimit({ initial: 50, min: 50 }))).resolves.toBeUndefined()
})

test('holds a permit until the body has settled', async () => {
  await using chain = new Scripted(bulkhead({ maxConcurrent: 1 }))
  const first = chain.start()
  expect((await chain.whole({})).error).toMatchObject({
    by: 'bulkhead',
    sent: 'no',
    message: `GET ${origin}/things: all permits are taken (bulkhead: 1 of 1 in flight, 0 queued)`,
  })
  chain.sent[0]?.answer({ body: 'x' })
  await chain.settle()
  expect(first.status).toBe(200)
  // The head is here, the body is not read.
  expect((await chain.whole({})).error).toBeInstanceOf(RejectedError)
  await first.outcome?.response?.body.bytes()
  expect((await chain.whole({})).status).toBe(200)
})

describe('a permit comes back', () => {
  const endings: readonly (readonly [string, (chain: Scripted, started: Started) => Promise<void> | void])[] = [
    ['with a body that is read', (_chain, { outcome }) => outcome?.response?.body.bytes().then(() => undefined)],
    ['with a body that is discarded', (_chain, { outcome }) => outcome?.response?.body.discard()],
    [
      'with a stream that is left early',
      async (_chain, { outcome }) => {
        for await (const _chunk of outcome?.response?.body.stream() ?? []) break
      },
    ],
  ]
  test.each(endings)('%s', async (_name, end) => {
    await using chain = new Scripted(bulkhead({ maxConcurrent: 1 }))
    const started = chain.start()
    chain.sent[0]?.answer({ body: 'x' })
    await chain.settle()
    await end(chain, started)
    expect((await chain.whole({})).status).toBe(200)
  })

  test('with an error', async () => {
    await using chain = new Scripted(bulkhead({ maxConcurrent: 1 }))
    const error = broken()
    expect((await chain.whole(error)).error).toBe(error)
    expect((await chain.whole({})).status).toBe(200)
  })

  test('with a call that is aborted below', async () => {
    await using chain = new Scripted(bulkhead({ maxConcurrent: 1 }))
    const started = chain.start()
    started.call.cancel(new Error('no longer'))
    chain.sent[0]?.fail(started.call.reason)
    await chain.settle()
    expect((await chain.whole({})).status).toBe(200)
  })

  test('with a layer that throws at once', async () => {
    let isBroken = true
    const layer = bulkhead({ maxConcurrent: 1 })
    await using chain = new Scripted({
      name: 'both',
      wrap: (next, runtime) =>
        layer.wrap((request, call) => {
          if (isBroken) throw new TypeError('layer')
          return next(request, call)
        }, runtime),
    })
    expect((await chain.whole({})).error).toEqual(new TypeError('layer'))
    isBroken = false
    expect((await chain.whole({})).status).toBe(200)
  })
})

describe('the queue', () => {
  test('is served by priority, then by arrival', async () => {
    await using chain = new Scripted(bulkhead({ maxConcurrent: 1, maxQueued: 10 }))
    chain.start()
    const order: Priority[] = ['low', 'normal', 'high', 'normal', 'low', 'high']
    const calls = order.map((priority) => waiting(chain, priority))
    await chain.settle()
    for (let index = 0; index < 7; index += 1) await finish(chain, index)
    const served = chain.sent.slice(1).map(({ call }) => calls.findIndex((one) => one.call === call))
    expect(served).toEqual([2, 5, 1, 3, 0, 4])
  })

  test('sheds the last of the lowest priority for a higher one', async () => {
    await using chain = new Scripted(bulkhead({ maxConcurrent: 1, maxQueued: 3 }), ['limit'])
    chain.start()
    const [low, other, normal] = [waiting(chain, 'low'), waiting(chain, 'low'), waiting(chain, 'normal')]
    const high = waiting(chain, 'high')
    const late = waiting(chain, 'low')
    await chain.settle()
    expect(other.error).toMatchObject({ by: 'bulkhead', message: expect.stringContaining('made room') })
    expect(late.error).toMatchObject({ by: 'bulkhead', message: expect.stringContaining('all permits are taken') })
    expect([low.outcome, normal.outcome, high.outcome]).toEqual([undefined, undefined, undefined])
    const reasons = chain.events.map(({ event }) =>
      'reason' in event ? event.reason : 'queued' in event && event.queued,
    )
    expect(reasons).toEqual([1, 2, 3, 'shed', 3, 'full'])
  })

  test('gives up after queueMs', async () => {
    await using chain = new Scripted(bulkhead({ maxConcurrent: 1, maxQueued: 1, queueMs: 200 }))
    chain.start()
    const waits = chain.start()
    await chain.runtime.clock.advance(198)
    expect(waits.outcome).toBeUndefined()
    await chain.runtime.clock.advance(2)
    expect(waits.error).toMatchObject({ by: 'bulkhead', message: expect.stringContaining('no permit within 200 ms') })
    const next = chain.start()
    await finish(chain, 0)
    expect(chain.sent).toHaveLength(2)
    await finish(chain, 1)
    expect(next.status).toBe(200)
  })

  test('gives up at the deadline, which may move', async () => {
    await using chain = new Scripted(bulkhead({ maxConcurrent: 1, maxQueued: 9, queueMs: 10_000 }))
    chain.start()
    const call = new CallContext()
    call.deadlineAt = 100
    call.deadlineMs = 100
    const waits = chain.start({ call })
    call.deadlineAt = 300
    await chain.runtime.clock.advance(298)
    expect(waits.outcome).toBeUndefined()
    await chain.runtime.clock.advance(2)
    expect(waits.error).toMatchObject({ code: 'timeout', phase: 'total', limitMs: 100, sent: 'no' })
    // No wait begins that is over already.
    const late = chain.start({ call })
    await chain.settle()
    expect(late.error).toMatchObject({ code: 'timeout', phase: 'total' })
    expect(chain.sent).toHaveLength(1)
  })

  test('is left at once by a call that is cancelled, with what it was cancelled for', async () => {
    await using chain = new Scripted(bulkhead({ maxConcurrent: 1, maxQueued: 2, queueMs: 5000 }))
    chain.start()
    const [one, other] = [chain.start(), chain.start()]
    one.call.cancel(new Error('no longer'))
    other.call.cancel(new DeadlineReason('total', 30))
    const third = chain.start()
    await chain.settle()
    expect(one.error).toMatchObject({ code: 'aborted', sent: 'no', cause: new Error('no longer') })
    expect(other.error).toMatchObject({ code: 'timeout', phase: 'total', limitMs: 30, sent: 'no' })
    expect(third.outcome).toBeUndefined()
    const fourth = chain.start({ call: one.call })
    await chain.settle()
    expect(fourth.error).toMatchObject({ code: 'aborted' })
    await finish(chain, 0)
    await finish(chain, 1)
    expect([third.status, chain.sent.length]).toEqual([200, 2])
  })

  test('a call that is cancelled in the very turn of its permit sends nothing, and gives it on', async () => {
    await using chain = new Scripted(bulkhead({ maxConcurrent: 1, maxQueued: 2 }))
    const first = chain.start()
    const [one, other] = [chain.start(), chain.start()]
    chain.sent[0]?.answer()
    await chain.settle()
    const reading = first.outcome?.response?.body.discard()
    one.call.cancel(new Error('now'))
    await reading
    await chain.settle()
    expect(one.error).toMatchObject({ code: 'aborted' })
    expect(chain.sent.map(({ call }) => call)).toEqual([first.call, other.call])
  })

  test('speaks of the whole call', async () => {
    await using chain = new Scripted(bulkhead({ maxConcurrent: 1 }))
    chain.start()
    const call = new CallContext()
    noteSent(call, 'yes')
    const again = chain.start({ call: call.fork({ attempt: 1 }) })
    await chain.settle()
    expect([sentSoFar(call), again.error]).toMatchObject(['yes', { by: 'bulkhead', sent: 'yes' }])
  })
})

test('one limit per origin, shared by clients, shown by the gauge', async () => {
  const layer = bulkhead({ maxConcurrent: 1, maxQueued: 1 })
  await using one = new Scripted(layer)
  await using other = new Scripted(layer)
  one.start()
  other.start({ origin: 'http://b.test' })
  const waits = other.start()
  await other.settle()
  expect([one.sent.length, other.sent.length]).toEqual([1, 1])
  await finish(one, 0)
  await other.settle()
  expect(other.sent).toHaveLength(2)
  await finish(other, 1)
  expect(waits.status).toBe(200)
})

test('a thousand calls over a queue: never more than the permits, none lost, nothing left', async () => {
  await using chain = new Scripted(bulkhead({ maxConcurrent: 7, maxQueued: 1000 }))
  const calls = Array.from({ length: 1000 }, () => chain.start())
  await chain.settle()
  let most = 0
  for (let done = 0; done < 1000;) {
    most = Math.max(most, chain.sent.length - done)
    const { length } = chain.sent
    for (; done < length; done += 1) {
      if (done % 5 === 0) chain.sent[done]?.fail()
      else void chain.sent[done]?.answer().body.discard()
    }
    await chain.settle()
  }
  expect([most, calls.filter(({ outcome }) => outcome === undefined)]).toEqual([7, []])
  expect((await chain.whole({})).status).toBe(200)
})

test('whatever happens in whatever order, permits and places are neither lost nor made', async () => {
  const step = fc.record({
    kind: fc.constantFrom('start', 'start', 'answer', 'fail', 'read', 'cancel', 'advance'),
    who: fc.nat(20),
    priority: fc.constantFrom<Priority>('high', 'normal', 'low'),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      await using chain = new Scripted(bulkhead({ maxConcurrent: 2, maxQueued: 2, queueMs: 50 }))
      const calls: Started[] = []
      const answered = new Set<number>()
      const pick = <T>(of: readonly T[], who: number): T | undefined => of[who % Math.max(1, of.length)]
      for (const { kind, who, priority } of steps) {
        if (kind === 'start') calls.push(waiting(chain, priority))
        else if (kind === 'cancel') pick(calls, who)?.call.cancel(new Error('cancelled'))
        else if (kind === 'advance') await chain.runtime.clock.advance(who * 3)
        else if (kind === 'read') await pick(calls, who)?.outcome?.response?.body.discard()
        else if (chain.sent.length > 0) {
          const index = who % chain.sent.length
          if (answered.has(index)) continue
          answered.add(index)
          if (kind === 'answer') chain.sent[index]?.answer({ body: 'x' })
          else chain.sent[index]?.fail()
        }
        await chain.settle()
        const under = chain.sent.filter(
          ({ call }, index) => !answered.has(index) || isUnread(calls.find((one) => one.call === call)),
        )
        expect(under.length).toBeLessThanOrEqual(2)
      }
      for (const [index, one] of chain.sent.entries()) if (!answered.has(index)) one.fail()
      await chain.settle()
      for (const { outcome } of calls) await outcome?.response?.body.discard()
      for (let index = 0; index < chain.sent.length; index += 1) chain.sent[index]?.fail()
      await chain.settle()
      for (let index = 0; index < chain.sent.length; index += 1) chain.sent[index]?.fail()
      await chain.runtime.clock.advance(100)
      expect(calls.filter(({ outcome }) => outcome === undefined)).toEqual([])
      // Both permits are back.
      const before = chain.sent.length
      chain.start()
      chain.start()
      expect(chain.sent.length - before).toBe(2)
    }),
    { numRuns: 60 },
  )
})

const unread = new WeakMap<object, boolean>()
function isUnread(started: Started | undefined): boolean {
  const response = started?.outcome?.response
  if (response === undefined) return false
  if (!unread.has(response)) {
    unread.set(response, true)
    response.body.onSettled(() => unread.set(response, false))
  }
  return unread.get(response) ?? false
}

const wrong: readonly (readonly [unknown, string])[] = [
  [{}, 'bulkhead.maxConcurrent: expected an integer'],
  [{ maxConcurrent: 0 }, 'bulkhead.maxConcurrent'],
  [{ maxConcurrent: 1, maxQueued: -1 }, 'bulkhead.maxQueued'],
  [{ maxConcurrent: 1, queueMs: 0 }, 'bulkhead.queueMs'],
  [{ maxConcurent: 1 }, "did you mean 'maxConcurrent'?"],
]
test.each(wrong)('refuses %j', (options, message) => {
  expect(() => Reflect.apply(bulkhead, undefined, [options])).toThrow(message)
})

test('a priority that is none is refused before anything is sent; one of a polluted prototype is none', async () => {
  await using chain = new Scripted(bulkhead({ maxConcurrent: 1 }))
  const started = chain.start({ options: { priority: 'urgent' } })
  await chain.settle()
  expect(started.error).toMatchObject({ code: 'config', option: 'priority' })
  chain.start({ options: Object.create({ priority: 'urgent' }) })
  expect(chain.sent).toHaveLength(1)
})
