import { TimeoutError, TransportError } from '@halyard/core'
import { describe, expect, test } from 'vitest'
import type { EventStreamOptions } from '../../src/events/index.ts'
import { cut, FailingStatus, refused, type Reply, ScriptedSource } from './kit/scripted-source.ts'

const one = 'id: 1\ndata: 1\n\n'
const two = 'id: 2\ndata: 2\n\n'
const noContent: Reply = { status: 204 }

/** Nothing is left behind. */
function expectClosed(source: ScriptedSource): void {
  expect(source.openBodies).toBe(0)
  expect(source.clock.pending).toBe(0)
}

describe('a safe method', () => {
  test('is sent again after a cut, with the last event id', async () => {
    const source = new ScriptedSource([{ text: one, ending: cut() }, { text: two, ending: cut() }, noContent])
    expect(await source.read()).toEqual({ data: ['1', '2'] })
    expect(source.opened.map(({ id }) => id)).toEqual([undefined, '1', '2'])
    expectClosed(source)
  })

  test('is sent again after a clean end', async () => {
    const source = new ScriptedSource([{ text: one }, { text: two }, noContent])
    expect(await source.read()).toEqual({ data: ['1', '2'] })
    expectClosed(source)
  })

  test('keeps the id through connections that give none, and gives it up when the server takes it back', async () => {
    const source = new ScriptedSource([
      { text: one },
      { text: 'data: 2\n\n' },
      { text: 'id: 3\n\n' },
      { text: 'id\n\n' },
      { text: 'id: 5\ndata: not finished\n', ending: cut() },
      noContent,
    ])
    expect(await source.read()).toEqual({ data: ['1', '2'] })
    expect(source.opened.map(({ id }) => id)).toEqual([undefined, '1', '1', '3', undefined, undefined])
  })

  test('keeps the id on events of later connections', async () => {
    const source = new ScriptedSource([{ text: one }, { text: 'data: 2\n\n', ending: 'silence' }])
    const events = source.events()
    await events.next()
    const next = events.next()
    await source.clock.runAll()
    expect(await next).toMatchObject({ value: { id: '1', data: '2' } })
    await events.return?.()
  })

  test('sends ids as header fields are sent: UTF-8, each byte a character', async () => {
    const source = new ScriptedSource([{ text: 'id: é€\ndata: 1\n\n' }, noContent])
    await source.read()
    expect(source.opened[1]?.id).toBe('Ã©â\x82¬')
    const controls = new ScriptedSource([{ text: 'id: a\x01b\ndata: 1\n\n' }])
    const { data, error } = await controls.read()
    expect(data).toEqual(['1'])
    expect(error).toMatchObject({ code: 'decode' })
    expectClosed(controls)
  })
})

describe('another method', () => {
  const read = (replies: readonly Reply[], options?: EventStreamOptions, replayable = true) => {
    const source = new ScriptedSource(replies, { safe: false, replayable })
    return source.read(options).finally(() => expectClosed(source))
  }

  test('is sent again after a cut, if there is an id', async () => {
    expect(await read([{ text: one, ending: cut() }, { text: two }])).toEqual({ data: ['1', '2'] })
    const failure = cut()
    expect(await read([{ text: 'data: 1\n\n', ending: failure }])).toEqual({ data: ['1'], error: failure })
  })

  test('is not sent again after a clean end', async () => {
    expect(await read([{ text: one }])).toEqual({ data: ['1'] })
  })

  test('is sent again where that was asked for', async () => {
    const replies: readonly Reply[] = [{ text: 'data: 1\n\n' }, { text: 'data: 2\n\n', ending: cut() }, noContent]
    expect(await read(replies, { reconnect: true })).toEqual({ data: ['1', '2'] })
  })

  test('whose body is gone: the cut is thrown, or why it cannot be sent again', async () => {
    const failure = cut()
    expect(await read([{ text: one, ending: failure }], {}, false)).toEqual({ data: ['1'], error: failure })
    expect(await read([{ text: one, ending: failure }], { reconnect: true }, false)).toMatchObject({
      data: ['1'],
      error: { code: 'not-replayable', cause: failure },
    })
    expect(await read([{ text: one }], { reconnect: true }, false)).toMatchObject({ error: { code: 'not-replayable' } })
  })
})

test('a safe method whose body is gone is not sent again', async () => {
  const source = new ScriptedSource([{ text: one }], { replayable: false })
  expect(await source.read()).toEqual({ data: ['1'] })
})

describe('reconnect: false', () => {
  test('a cut is thrown, a clean end is the end', async () => {
    const failure = cut()
    const broken = new ScriptedSource([{ text: one, ending: failure }])
    expect(await broken.read({ reconnect: false })).toEqual({ data: ['1'], error: failure })
    const ended = new ScriptedSource([{ text: one }])
    expect(await ended.read({ reconnect: false })).toEqual({ data: ['1'] })
    expectClosed(broken)
    expectClosed(ended)
  })
})

describe('the answer', () => {
  test('204 ends it, at first and later', async () => {
    for (const replies of [[noContent], [{ text: one }, noContent]]) {
      const source = new ScriptedSource(replies)
      expect(await source.read()).not.toHaveProperty('error')
      expect(source.opened).toHaveLength(replies.length)
      expectClosed(source)
    }
  })

  test.each([400, 401, 404, 408, 500, 501])('%i ends it with an error', async (status) => {
    for (const before of [[], [{ text: one }]]) {
      const source = new ScriptedSource([...before, { status }])
      const { error } = await source.read()
      expect(error).toBeInstanceOf(FailingStatus)
      expectClosed(source)
    }
  })

  test.each([429, 502, 503, 504])('%i is passing, but not at first', async (status) => {
    const source = new ScriptedSource([{ text: one }, { status }, { status }, { text: two }, noContent])
    expect(await source.read()).toEqual({ data: ['1', '2'] })
    expectClosed(source)
    const first = new ScriptedSource([{ status }])
    const { error } = await first.read()
    expect(error).toBeInstanceOf(FailingStatus)
    expectClosed(first)
  })

  test.each([
    [{ 'content-type': 'text/event-stream; charset=utf-8' }, true],
    [{ 'content-type': 'Text/Event-Stream' }, true],
    [{ 'content-type': 'text/event-stream-not' }, false],
    [{ 'content-type': 'text/html' }, false],
    [{}, false],
  ])('%j', async (headers, isStream) => {
    for (const before of [[], [{ text: one }]]) {
      const source = new ScriptedSource([...before, { status: 200, headers }])
      const { error } = await source.read({ maxRetries: before.length })
      if (isStream) expect(error).toBeUndefined()
      else
        expect(error).toMatchObject({ code: 'decode', message: expect.stringContaining('asked for text/event-stream') })
      expectClosed(source)
    }
  })

  test('an error of the first request is thrown as it is', async () => {
    const failure = refused()
    expect(await new ScriptedSource([failure]).read()).toEqual({ data: [], error: failure })
  })
})

describe('what is tried again', () => {
  test.each([
    ['a refused connection', refused()],
    ['a reset', cut()],
    ['a timeout', new TimeoutError('t', { phase: 'headers', limitMs: 1, sent: 'maybe', target: '' })],
  ])('%s', async (_name, failure) => {
    const source = new ScriptedSource([{ text: one, ending: cut() }, failure, failure, { text: two }, noContent])
    expect(await source.read()).toEqual({ data: ['1', '2'] })
  })

  test.each([
    ['the end of all time', new TimeoutError('t', { phase: 'total', limitMs: 1, sent: 'maybe', target: '' })],
    ['a certificate', new TransportError('t', { code: 'tls', sent: 'no', target: '' })],
    ['another error', new Error('no error of ours')],
  ])('not %s', async (_name, failure) => {
    const opening = new ScriptedSource([{ text: one }, failure])
    expect(await opening.read()).toEqual({ data: ['1'], error: failure })
    const reading = new ScriptedSource([{ text: one, ending: failure }])
    expect(await reading.read()).toEqual({ data: ['1'], error: failure })
    expectClosed(opening)
    expectClosed(reading)
  })

  test('an event that is too large is not', async () => {
    const source = new ScriptedSource([{ text: `${one}data: too large\n\n`, ending: 'silence' }])
    expect(await source.read({ maxEventBytes: 14 })).toMatchObject({ data: ['1'], error: { code: 'too-large' } })
    expectClosed(source)
  })
})

test('comments come through, and count as no event', async () => {
  const source = new ScriptedSource([{ text: ': a\n' }, { text: ': b\n' }, { text: ': c\n' }])
  expect(await source.read({ comments: true, maxRetries: 2 })).toEqual({ data: ['a', 'b', 'c'] })
  const silent = new ScriptedSource([{ text: `: a\n${one}` }, noContent])
  expect(await silent.read()).toEqual({ data: ['1'] })
})

test('wrong options are refused before anything is sent', () => {
  const source = new ScriptedSource([])
  const start = (options: object): unknown => source.events(options)
  expect(() => start({ reconnet: true })).toThrow("did you mean 'reconnect'?")
  expect(() => start({ reconnect: 'yes' })).toThrow('true or false')
  expect(() => start({ idleMs: 0 })).toThrow('milliseconds')
  expect(() => start({ maxRetries: -1 })).toThrow('an integer')
  expect(() => start({ maxRetries: Number.NaN })).toThrow('an integer')
  expect(() => start({ retryMs: 2 ** 31 })).toThrow('milliseconds')
  expect(() => start({ maxRetryMs: '1' })).toThrow('milliseconds')
  expect(() => start(Object.create({ idleMs: 'x' }))).not.toThrow()
  expect(source.opened).toHaveLength(0)
})
