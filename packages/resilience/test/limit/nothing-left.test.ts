import { CallContext, type AnyMiddleware, type CancellationListener } from '@halyard/core'
import { describe, expect, test } from 'vitest'
import { circuitBreaker } from '../../src/breaker/index.ts'
import { adaptiveLimit, bulkhead, rateLimit } from '../../src/limit/index.ts'
import { broken, Scripted } from './kit/scripted.ts'

/** A call that knows who listens. */
class WatchedCall extends CallContext {
  readonly listening = new Set<CancellationListener>()

  override addListener(listener: CancellationListener): void {
    this.listening.add(listener)
    super.addListener(listener)
  }

  override removeListener(listener: CancellationListener): void {
    this.listening.delete(listener)
    super.removeListener(listener)
  }
}

const queues: readonly (readonly [string, () => AnyMiddleware])[] = [
  ['bulkhead', () => bulkhead({ maxConcurrent: 1, maxQueued: 1, queueMs: 300 })],
  ['adaptive limit', () => adaptiveLimit({ initial: 1, maxQueued: 1, queueMs: 300 })],
  ['rate limit', () => rateLimit({ permits: 1, perMs: 100, queueMs: 300, maxQueued: 1 })],
]

describe.each(queues)('%s', (_name, make) => {
  const endings: readonly (readonly [string, (chain: Scripted, call: CallContext) => Promise<void> | void])[] = [
    [
      'is served',
      async (chain) => {
        await chain.sent[0]?.answer().body.discard()
        await chain.runtime.clock.advance(100)
        expect(chain.sent).toHaveLength(2)
        await chain.sent[1]?.answer().body.discard()
      },
    ],
    [
      'is shed',
      (chain) => {
        // And the one it made room for goes, too.
        chain.start({ options: { priority: 'high' } }).call.cancel(new Error('no longer'))
      },
    ],
    ['is cancelled', (_chain, call) => call.cancel(new Error('no longer'))],
    ['waits too long', (chain) => chain.runtime.clock.advance(301)],
  ]
  test.each(endings)('a call that %s leaves no listener, and nobody speaks of it later', async (_ending, end) => {
    await using chain = new Scripted(make(), ['limit'])
    chain.start()
    const call = new WatchedCall({ priority: 'low' })
    const waits = chain.start({ call })
    expect([waits.outcome, call.listening.size]).toEqual([undefined, 1])
    await end(chain, call)
    await chain.settle()
    // Whoever is told of a cancellation is let go by the call.
    if (!call.cancelled) expect(call.listening.size).toBe(0)
    const { length } = chain.events
    await chain.runtime.clock.advance(1000)
    expect(chain.events.slice(length)).toEqual([])
    expect(chain.runtime.clock.pending).toBe(0)
  })
})

test.each([{ status: 200 }, { status: 503 }, broken()])('a probe leaves no listener: %s', async (outcome) => {
  const breaker = circuitBreaker({ resetMs: 0 })
  await using chain = new Scripted(breaker)
  breaker.open('http://a.test')
  const call = new WatchedCall()
  chain.start({ call })
  expect(call.listening.size).toBe(1)
  if (outcome instanceof Error) chain.sent[0]?.fail(outcome)
  else await chain.sent[0]?.answer(outcome).body.discard()
  await chain.settle()
  expect(call.listening.size).toBe(0)
})
