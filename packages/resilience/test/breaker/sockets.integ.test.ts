import { createPipeline, isHttpError } from '@halyard/core'
import { fakeClock, httpServer } from '@halyard/testing'
import { expect, test } from 'vitest'
import { circuitBreaker } from '../../src/breaker/index.ts'
import { bulkhead } from '../../src/limit/index.ts'
import { nodeTransport } from '../balance/kit/node-transport.ts'

test.each([1, 4])('half-open, 200 calls at once: the server sees %i, then everybody', async (halfOpenProbes) => {
  let status = 503
  await using server = await httpServer((_request, response) => {
    response.statusCode = status
    response.end('x')
  })
  const clock = fakeClock()
  const breaker = circuitBreaker({ minimumRequests: 2, resetMs: 1000, halfOpenProbes })
  await using api = createPipeline({ transport: nodeTransport(), baseUrl: server.origin, use: [breaker], clock })
  const ask = async (): Promise<number | string> => {
    try {
      const response = await api.get('/')
      await response.body.bytes()
      return response.status
    } catch (error) {
      return isHttpError(error) ? error.code : 'unknown'
    }
  }
  expect([await ask(), await ask(), await ask()]).toEqual([503, 503, 'rejected'])
  expect(server.requests).toBe(2)
  for (const [answer, seen] of [
    [503, 2 + halfOpenProbes],
    [200, 2 + 2 * halfOpenProbes],
  ] as const) {
    status = answer
    await clock.advance(1000)
    const outcomes = await Promise.all(Array.from({ length: 200 }, ask))
    expect(outcomes.filter((one) => one === answer)).toHaveLength(halfOpenProbes)
    expect(outcomes.filter((one) => one === 'rejected')).toHaveLength(200 - halfOpenProbes)
    expect(server.requests).toBe(seen)
  }
  expect(breaker.state(server.origin)).toBe('closed')
  expect(new Set(await Promise.all(Array.from({ length: 50 }, ask)))).toEqual(new Set([200]))
})

test('a bulkhead: 200 calls at once, the server never has more than the permits, and serves them all', async () => {
  const held: (() => void)[] = []
  let seen = 0
  let most = 0
  await using server = await httpServer((_request, response) => {
    held.push(() => void response.end('x'))
    seen += 1
    most = Math.max(most, held.length)
    // Answers when as many as may be are there, and would wait for ever for one that is missing.
    if (held.length >= 6 || seen === 200) for (const answer of held.splice(0)) answer()
  })
  const use = [bulkhead({ maxConcurrent: 6, maxQueued: 200 })]
  await using api = createPipeline({ transport: nodeTransport(), baseUrl: server.origin, use })
  const read = async (): Promise<number> => {
    const response = await api.get('/')
    return (await response.body.bytes()).byteLength
  }
  const sizes = await Promise.all(Array.from({ length: 200 }, read))
  expect([sizes.length, new Set(sizes), server.requests, most]).toEqual([200, new Set([1]), 200, 6])
})
