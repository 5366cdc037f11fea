import { respond, TransportError, type HttpRequest } from '@halyard/core'
import { fakeClock, mockTransport } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { createClient, type ClientConfig } from '../../src/index.ts'
import { rejection } from '../support/thrown.ts'

const endpoints = ['http://a.test', 'http://b.test']

function refused(request: HttpRequest): TransportError {
  const target = `${request.method} ${request.origin}`
  return new TransportError(`${target}: refused`, { code: 'connect', reason: 'refused', sent: 'no', target })
}

/** Each endpoint refuses so many requests, and then answers with its name. */
function down(times: number, config: ClientConfig = {}) {
  const asked: string[] = []
  const clock = fakeClock()
  const transport = mockTransport((request) => {
    asked.push(request.origin.slice(7))
    if (asked.length <= times) throw refused(request)
    return respond({ body: request.origin })
  })
  const api = createClient(endpoints, {
    transport,
    clock,
    balance: { strategy: 'round-robin' },
    outlier: false,
    retry: { backoff: () => 100 },
    ...config,
  })
  return { api, asked, clock }
}

describe('every endpoint is down', () => {
  test('for a moment: another attempt finds one', async () => {
    const { api, asked, clock } = down(2)
    const text = api.get('/').text()
    await clock.advance(99)
    expect(asked).toHaveLength(2)
    await clock.advance(1)
    expect(await text).toMatch(/^http:\/\/[ab]\.test$/)
    expect(asked).toHaveLength(3)
  })

  test('for good: each attempt asks each once, and the error names them', async () => {
    const { api, asked, clock } = down(100)
    const failure = rejection(api.post('/', 'x'))
    await clock.advance(200)
    const error = await failure
    expect(error).toMatchObject({ code: 'rejected', by: 'endpoints', sent: 'no', transient: true })
    expect(error).toMatchObject({ errors: [{ endpoint: /[ab]/ }, { endpoint: /[ab]/ }].map(() => expect.anything()) })
    expect(asked.toSorted().join('')).toBe('a.testa.testa.testb.testb.testb.test')
  })

  test('every circuit is open: nothing was asked, and nothing is asked again', async () => {
    const { api, asked, clock } = down(100, {
      circuitBreaker: { consecutiveFailures: 1, resetMs: 60_000 },
      retry: { attempts: 2, backoff: () => 100 },
    })
    const first = rejection(api.get('/'))
    await clock.advance(100)
    await first
    expect(asked).toHaveLength(2)
    const error = await rejection(api.get('/'))
    expect(error).toMatchObject({ code: 'rejected', by: 'endpoints', sent: 'no', transient: false })
    expect(asked).toHaveLength(2)
  })
})
