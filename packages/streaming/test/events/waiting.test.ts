import { describe, expect, test } from 'vitest'
import type { EventStreamOptions } from '../../src/events/index.ts'
import { turn } from './kit/chunks.ts'
import { cut, type Reply, refused, ScriptedSource } from './kit/scripted-source.ts'

const one = 'id: 1\ndata: 1\n\n'
const noContent: Reply = { status: 204 }

/** When the connections were opened, with the chance given. */
async function times(replies: readonly Reply[], random: number, options?: EventStreamOptions): Promise<number[]> {
  const source = new ScriptedSource(replies)
  source.clock.random = () => random
  await source.read(options)
  expect(source.clock.pending).toBe(0)
  const at = source.opened.map((opened) => opened.at)
  return at.slice(1).map((time, index) => time - (at[index] ?? 0))
}

describe('the wait before the next connection', () => {
  const failing = [{ text: one, ending: cut() }, ...Array.from({ length: 8 }, refused), noContent]

  test('is a random part of one second, twice as much for each failure, thirty at most', async () => {
    expect(await times(failing, 1)).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000, 30_000])
    expect(await times(failing, 0.5)).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000, 15_000])
    expect(await times(failing, 0)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0])
  })

  test('can be set', async () => {
    const options = { retryMs: 10, maxRetryMs: 50 }
    expect(await times(failing, 1, options)).toEqual([10, 20, 40, 50, 50, 50, 50, 50, 50])
  })

  test('begins anew after an event', async () => {
    const replies = [{ text: one }, refused(), refused(), { text: one }, refused(), noContent]
    expect(await times(replies, 1)).toEqual([1000, 2000, 4000, 1000, 2000])
  })

  test('is at least what the server says, and a random part of it more', async () => {
    const replies = [{ text: `retry: 3000\n${one}` }, { text: one }, refused(), refused(), noContent]
    expect(await times(replies, 0)).toEqual([3000, 3000, 3000, 3000])
    expect(await times(replies, 1)).toEqual([6000, 6000, 9000, 15_000])
  })

  test('is what the server said last, also without an event', async () => {
    const replies = [{ text: 'retry: 3000\n\n' }, { text: 'retry: 20\nretry: x\n' }, { text: one }, noContent]
    expect(await times(replies, 0)).toEqual([3000, 20, 20])
  })

  test('is never longer than the limit', async () => {
    const replies = [{ text: `retry: 99999999999999999999\n${one}` }, noContent]
    expect(await times(replies, 0.5)).toEqual([30_000])
    expect(await times(replies, 0.5, { maxRetryMs: 100 })).toEqual([100])
  })

  test('is none where the server says 0, until it fails', async () => {
    const replies = [{ text: `retry: 0\n${one}` }, { text: one }, refused(), refused(), noContent]
    expect(await times(replies, 1)).toEqual([0, 0, 2000, 4000])
  })

  test('follows retry-after of a passing status', async () => {
    const busy = (value: string): Reply => ({ status: 503, headers: { 'retry-after': value } })
    const replies = [{ text: one }, busy('7'), busy('soon'), busy('120'), noContent]
    expect(await times(replies, 0)).toEqual([0, 7000, 0, 30_000])
    // The clock begins at 2026-01-01T00:00:00Z.
    const dated = [
      { text: one },
      busy('Thu, 01 Jan 2026 00:00:05 GMT'),
      busy('Thu, 01 Jan 2026 00:00:01 GMT'),
      noContent,
    ]
    expect(await times(dated, 0)).toEqual([0, 5000, 0])
  })
})

describe('maxRetries', () => {
  const refusals = Array.from({ length: 20 }, refused)

  test('is ten: then the last error is thrown', async () => {
    const source = new ScriptedSource([{ text: one, ending: cut() }, ...refusals])
    expect(await source.read()).toEqual({ data: ['1'], error: refusals[9] })
    expect(source.opened).toHaveLength(11)
    expect(source.clock.pending).toBe(0)
  })

  test('counts connections in a row without an event', async () => {
    const source = new ScriptedSource([
      { text: one },
      { text: '', ending: cut() },
      { text: 'id: 2\n\n' },
      { text: one },
      { text: ': ping\n\n' },
      { text: '' },
      { text: '', ending: 'end' },
    ])
    expect(await source.read({ maxRetries: 3 })).toEqual({ data: ['1', '1'] })
    expect(source.opened).toHaveLength(7)
  })

  test('the iteration ends where the last one ended cleanly, and fails where it was cut', async () => {
    const failure = cut()
    const endings: readonly [Reply, unknown][] = [
      [{ text: '' }, undefined],
      [{ text: '', ending: failure }, failure],
    ]
    for (const [last, expected] of endings) {
      const source = new ScriptedSource([{ text: '', ending: cut() }, last])
      expect((await source.read({ maxRetries: 1 })).error).toBe(expected)
    }
    const passing = new ScriptedSource([{ text: one }, { status: 503 }])
    expect(await passing.read({ maxRetries: 1 })).toMatchObject({ error: { code: 'status' } })
  })

  test('0 is none, Infinity no limit', async () => {
    const failure = cut()
    const none = new ScriptedSource([{ text: one, ending: failure }])
    expect(await none.read({ maxRetries: 0 })).toEqual({ data: ['1'], error: failure })
    expect(none.opened).toHaveLength(1)
    const many = Array.from({ length: 1100 }, refused)
    const endless = new ScriptedSource([{ text: one }, ...many, noContent])
    expect(await endless.read({ maxRetries: Infinity })).toEqual({ data: ['1'] })
  })
})

describe('idleMs', () => {
  test('a connection on which nothing comes is left, and counts as cut', async () => {
    const source = new ScriptedSource([{ text: one, ending: 'silence' }, { text: 'data: 2\n\n' }, noContent])
    expect(await source.read({ idleMs: 5000 })).toEqual({ data: ['1', '2'] })
    expect(source.opened.map(({ at }) => at)).toEqual([0, 6000, 7000])
    expect(source.openBodies).toBe(0)
    expect(source.clock.pending).toBe(0)
  })

  test('is an error where no connection follows', async () => {
    const source = new ScriptedSource([{ text: one, ending: 'silence' }])
    expect(await source.read({ idleMs: 5000, reconnect: false })).toMatchObject({
      data: ['1'],
      error: { code: 'timeout', phase: 'idle', limitMs: 5000 },
    })
    expect(source.openBodies).toBe(0)
  })

  test('does not run while the consumer is busy, and any byte starts it anew', async () => {
    const source = new ScriptedSource([{ text: `${one}: half a comm`, ending: 'silence' }])
    const events = source.events({ idleMs: 5000 })
    await events.next()
    await source.clock.advance(60_000)
    expect(source.clock.pending).toBe(0)
    const waiting = events.next()
    await turn()
    expect(source.clock.nextAt).toBe(65_000)
    await events.return?.()
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(source.clock.pending).toBe(0)
    expect(source.openBodies).toBe(0)
  })

  test('none is set unless it is asked for', async () => {
    const source = new ScriptedSource([{ text: one, ending: 'silence' }])
    const events = source.events()
    await events.next()
    const waiting = events.next()
    await turn()
    expect(source.clock.pending).toBe(0)
    await events.return?.()
    await waiting
  })
})
