import { expect, test } from 'vitest'
import { parseEvents } from '../../src/events/index.ts'
import { collect, SilentSource, streamOf, turn, utf8 } from './kit/chunks.ts'

test('nothing is read before it is asked for, and no further than that', async () => {
  const source = new SilentSource(utf8('data: 1\n\ndata: 2\n\n'), utf8('data: 3\n\n'))
  const events = parseEvents(source)[Symbol.asyncIterator]()
  expect(source.asked).toBe(0)
  await events.next()
  await events.next()
  await turn()
  expect(source.asked).toBe(1)
  await events.next()
  expect(source.asked).toBe(2)
})

test('breaking out of the loop stops the source', async () => {
  const source = new SilentSource(utf8('data: 1\n\ndata: 2\n\n'))
  for await (const { data } of parseEvents(source)) {
    expect(data).toBe('1')
    break
  }
  expect(source.left).toBe(1)
})

test('leaving while an event is awaited stops the source at once', async () => {
  const source = new SilentSource(utf8('data: 1\n\n'))
  const events = parseEvents(source)[Symbol.asyncIterator]()
  await events.next()
  const waiting = events.next()
  await turn()
  await events.return?.()
  expect(source.left).toBe(1)
  expect(await waiting).toEqual({ done: true, value: undefined })
  expect(await events.next()).toEqual({ done: true, value: undefined })
  await events.return?.()
  expect(source.left).toBe(1)
})

test('leaving does not wait for a source that hears of it later', async () => {
  let finished = false
  async function* deaf(): AsyncGenerator<Uint8Array> {
    try {
      yield await new Promise<Uint8Array>(() => undefined)
    } finally {
      finished = true
    }
  }
  const events = parseEvents(deaf())[Symbol.asyncIterator]()
  const waiting = events.next()
  await turn()
  await events.return?.()
  expect(await waiting).toEqual({ done: true, value: undefined })
  expect(finished).toBe(false)
})

test('leaving before the first event stops the source', async () => {
  const source = new SilentSource()
  const events = parseEvents(source)[Symbol.asyncIterator]()
  await events.return?.()
  expect(source.left).toBe(1)
  expect(source.asked).toBe(0)
  expect(await events.next()).toEqual({ done: true, value: undefined })
})

test('an error stops the source, and what the source throws comes as it is', async () => {
  const source = new SilentSource(utf8('data: too large\n\n'))
  await expect(collect(parseEvents(source, { maxEventBytes: 5 }))).rejects.toMatchObject({ code: 'too-large' })
  expect(source.left).toBe(1)
  const failure = new Error('reset')
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield* streamOf(utf8('data: 1\n\n'))
    throw failure
  }
  const seen: string[] = []
  const reading = (async () => {
    for await (const { data } of parseEvents(failing())) seen.push(data)
  })()
  await expect(reading).rejects.toBe(failure)
  expect(seen).toEqual(['1'])
})

test('a source that ended is not left again', async () => {
  let left = 0
  const source: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({
      next: () => Promise.resolve({ done: true, value: undefined }),
      return: () => {
        left += 1
        return Promise.resolve({ done: true, value: undefined })
      },
    }),
  }
  expect(await collect(parseEvents(source))).toEqual([])
  expect(left).toBe(0)
})
