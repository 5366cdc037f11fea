import { createPipeline, describeTarget, respond, TimeoutError, TransportError, type HttpRequest } from '@halyard/core'
import { fakeClock, mockTransport, type FakeClock } from '@halyard/testing'
import { expect, test } from 'vitest'
import { balance } from '../../src/balance/index.ts'

type Mood = 'well' | 'dead' | 'stalled'

/** Waiting that thousands can do at once: in steps of 10 ms, with one timer for each. */
function ticks(clock: FakeClock): (ms: number) => Promise<void> {
  const waiting = new Map<number, Promise<void>>()
  return (ms) => {
    const at = Math.ceil((clock.now() + ms) / 10) * 10
    const known = waiting.get(at)
    if (known !== undefined) return known
    const tick = new Promise<void>((resolve) => {
      clock.after(at - clock.now(), () => {
        waiting.delete(at)
        resolve()
      })
    })
    waiting.set(at, tick)
    return tick
  }
}

/** 2,000 calls in flight, three backends: one dies, one stalls, one is restarted, one after the other. */
test.each(['round-robin', 'p2c-ewma', 'least-pending'] as const)(
  'a dead, a stalled and a restarted backend under 2,000 calls in flight: none fails (%s)',
  async (strategy) => {
    const clock = fakeClock()
    const moods = new Map<string, Mood>()
    const mood = (host: string): Mood => moods.get(host) ?? 'well'
    const calls: Record<string, number> = { a: 0, b: 0, c: 0 }
    const pass = ticks(clock)
    const dies = (request: HttpRequest, sent: 'no' | 'maybe'): TransportError => {
      const target = describeTarget(request)
      return new TransportError(`${target}: dead`, { code: sent === 'no' ? 'connect' : 'socket', sent, target })
    }
    const transport = mockTransport(async (request, call) => {
      const { host, pathname } = request.url
      if (pathname !== '/health') calls[host] = (calls[host] ?? 0) + 1
      if (mood(host) === 'dead') throw dies(request, 'no')
      if (mood(host) === 'stalled') {
        await pass(1_000)
        const target = describeTarget(request)
        throw new TimeoutError(`${target}: stalled`, { phase: 'headers', limitMs: 1_000, sent: 'maybe', target })
      }
      await pass(pathname === '/health' ? 10 : 200 + 400 * clock.random())
      // What was under way when it died is lost.
      if (mood(host) === 'dead' && !call.cancelled) throw dies(request, 'maybe')
      return respond({ body: host })
    })
    const balancer = balance(['http://a', 'http://b', 'http://c'], {
      strategy,
      health: { path: '/health', intervalMs: 1_000, timeoutMs: 500 },
    })
    const api = createPipeline({ transport, baseUrl: 'http://a', use: [balancer], clock })
    let served = 0
    let stop = false
    const failures: unknown[] = []
    const worker = async (): Promise<void> => {
      while (!stop) {
        try {
          await (await api.get('/')).body.discard()
          served += 1
        } catch (error) {
          failures.push(error)
        }
      }
    }
    const workers = Array.from({ length: 2_000 }, worker)
    const usable = (host: string): boolean | undefined => {
      const found = balancer.endpoints().find(({ url }) => url === `http://${host}`)
      return found === undefined ? undefined : found.healthy && found.ejectedUntil === undefined
    }
    const phase = async (host: string, next: Mood): Promise<void> => {
      moods.set(host, next)
      // Seen within two checks; from then on it gets its checks, and nothing else.
      await clock.advance(3_000)
      const before = calls[host] ?? 0
      await clock.advance(2_000)
      expect(usable(host)).toBe(false)
      expect(calls[host]).toBe(before)
      moods.delete(host)
      await clock.advance(1_100)
      expect(usable(host)).toBe(true)
      await clock.advance(500)
      expect(calls[host]).toBeGreaterThan(before)
    }
    await clock.advance(500)
    await phase('b', 'dead')
    await phase('c', 'stalled')
    await phase('a', 'dead')
    stop = true
    const done = Promise.all(workers)
    await clock.advance(5_000)
    await done
    expect(failures).toEqual([])
    expect(served).toBeGreaterThan(50_000)
    await api.close()
    // A check that was under way is the transport's to forget.
    await clock.advance(1_000)
    expect(clock.pending).toBe(0)
    expect(transport.openBodies()).toBe(0)
  },
)
