import { abortListeners } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { turn } from './kit/chunks.ts'
import { cut, type Reply, ScriptedSource } from './kit/scripted-source.ts'

const one = 'id: 1\ndata: 1\n\n'

async function expectLeft(source: ScriptedSource): Promise<void> {
  await turn()
  expect(source.openBodies).toBe(0)
  expect(source.clock.pending).toBe(0)
}

/** Places in the life of a stream, each with what brings it there after the first event. */
const places: readonly (readonly [name: string, replies: readonly Reply[], advanceMs: number])[] = [
  ['while an event is awaited', [{ text: one, ending: 'silence' }], 0],
  ['before the next connection', [{ text: one, ending: cut() }], 0],
  ['between the next connections', [{ text: one }, cut(), { status: 503 }], 3000],
  ['while the next connection is being made', [{ text: one }, 'nothing'], 1000],
  ['while an event of the next connection is awaited', [{ text: one }, { ending: 'silence' }], 1000],
]

describe.each([
  ['with idleMs', { idleMs: 60_000 }],
  ['without idleMs', {}],
])('%s, leaving', (_name, options) => {
  test.each(places)('%s leaves no timer and no open body', async (_place, replies, advanceMs) => {
    const source = new ScriptedSource(replies)
    const events = source.events(options)
    expect(await events.next()).toMatchObject({ value: { data: '1' } })
    const waiting = events.next()
    await source.clock.advance(advanceMs)
    expect(source.opened).toHaveLength(replies.length)
    await events.return?.()
    expect(await waiting).toEqual({ done: true, value: undefined })
    await expectLeft(source)
    expect(await events.next()).toEqual({ done: true, value: undefined })
    await source.clock.advance(100_000)
    expect(source.opened).toHaveLength(replies.length)
  })

  test('by break', async () => {
    const source = new ScriptedSource([{ text: one + one, ending: 'silence' }])
    for await (const { data } of { [Symbol.asyncIterator]: () => source.events(options) }) {
      expect(data).toBe('1')
      break
    }
    await expectLeft(source)
  })

  test('before the first event sends nothing', async () => {
    const source = new ScriptedSource([])
    const events = source.events(options)
    await events.return?.()
    expect(await events.next()).toEqual({ done: true, value: undefined })
    expect(source.opened).toHaveLength(0)
  })
})

test('a response that comes after its consumer left is let go of', async () => {
  const source = new ScriptedSource(['nothing'])
  const events = source.events()
  const waiting = events.next()
  await turn()
  await events.return?.()
  expect(await waiting).toEqual({ done: true, value: undefined })
  source.answerLate(one)
  expect(source.bodies).toHaveLength(1)
  await expectLeft(source)
})

test('leaving while the response is checked lets go of it', async () => {
  const source = new ScriptedSource([{ text: one, ending: 'silence' }])
  let isChecked = false
  source.check = () => {
    isChecked = true
    return new Promise(() => undefined)
  }
  const events = source.events()
  const waiting = events.next()
  await turn()
  expect(isChecked).toBe(true)
  await events.return?.()
  expect(await waiting).toEqual({ done: true, value: undefined })
  await expectLeft(source)
})

describe('the signal', () => {
  test('ends a wait at once', async () => {
    const abort = new AbortController()
    const source = new ScriptedSource([{ text: one }], { signal: abort.signal })
    const events = source.events()
    await events.next()
    const waiting = events.next()
    const outcome = waiting.catch((error: unknown) => error)
    await turn()
    expect(source.clock.pending).toBe(1)
    abort.abort('enough')
    expect(await outcome).toMatchObject({ code: 'aborted', cause: 'enough' })
    await expectLeft(source)
    expect(abortListeners(abort.signal)).toBe(0)
  })

  test('that was aborted before lets nobody wait', async () => {
    const abort = new AbortController()
    const source = new ScriptedSource([{ text: one }], { signal: abort.signal })
    const events = source.events()
    await events.next()
    abort.abort()
    await expect(events.next()).rejects.toMatchObject({ code: 'aborted' })
    await expectLeft(source)
  })

  test('keeps no listener of a wait that is over', async () => {
    const abort = new AbortController()
    const source = new ScriptedSource([{ text: one }, cut(), { status: 503 }, { status: 204 }], {
      signal: abort.signal,
    })
    expect(await source.read()).toEqual({ data: ['1'] })
    expect(abortListeners(abort.signal)).toBe(0)
  })
})

test('several next() at once are answered in order', async () => {
  const source = new ScriptedSource([{ text: 'data: 1\n\ndata: 2\n\n' }, { status: 204 }])
  const events = source.events()
  const all = Promise.all([events.next(), events.next(), events.next()])
  await source.clock.runAll()
  expect((await all).map(({ value }) => value?.data)).toEqual(['1', '2', undefined])
})
