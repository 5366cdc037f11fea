import { constant } from '@halyard/resilience/retry'
import { leakCheck, rawServer, type RawConnection } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import {
  createClient,
  isHttpError,
  isIdempotent,
  TransportError,
  type CallOptions,
  type HttpClient,
  type Middleware,
} from '../../src/index.ts'
import { rejection } from '../support/thrown.ts'
import { bodiesIn, bodyKinds, type BodyKind } from './kit/bodies.ts'
import { faultServer, serveAll, type FaultServer } from './kit/fault-server.ts'
import { stages, type Stage } from './kit/stages.ts'

interface Sending {
  readonly method: string
  readonly keyed: boolean
}

const sendings: readonly Sending[] = [
  ...['GET', 'HEAD', 'PUT', 'DELETE', 'POST', 'PATCH'].map((method) => ({ method, keyed: false })),
  ...['POST', 'PATCH'].map((method) => ({ method, keyed: true })),
]

/** What the policy says of a first attempt that breaks, and a second one that would work. */
interface Expected {
  /** Requests at the server. */
  readonly requests: number
  readonly outcome: 'works' | 'refused' | 'breaks, perhaps acted on' | 'breaks while it is read'
}

function expectedOf(stage: Stage, body: BodyKind, { method, keyed }: Sending): Expected {
  // Whoever has the head has the answer: nobody sends again behind the caller's back.
  if (stage.reach === 'answered')
    return { requests: 1, outcome: method === 'HEAD' ? 'works' : 'breaks while it is read' }
  // Nothing of it left, so no method forbids to try again. A stream was opened for the first attempt, and closed with it:
  // there is nothing to send, and the caller is told what happened to that attempt.
  if (stage.reach === 'unsent')
    return body.replayable ? { requests: 1, outcome: 'works' } : { requests: 0, outcome: 'refused' }
  return (isIdempotent(method) || keyed) && body.replayable
    ? { requests: 2, outcome: 'works' }
    : { requests: 1, outcome: 'breaks, perhaps acted on' }
}

/** Opens the port before the second attempt. */
function opening(server: FaultServer): Middleware {
  return {
    name: 'opening',
    wrap: (next) => async (request, call) => {
      if (call.attempt === 1) await server.open()
      return await next(request, call)
    },
  }
}

async function outcomeOf(api: HttpClient, server: FaultServer, sending: Sending, body: unknown): Promise<string> {
  const options: CallOptions = { body, idempotencyKey: sending.keyed ? true : undefined }
  let read = false
  try {
    const response = await api.execute(sending.method, '/thing', options)
    read = true
    server.headTaken()
    const text = await response.text()
    return text === (sending.method === 'HEAD' ? '' : 'good') || sending.method === 'HEAD' ? 'works' : text
  } catch (error) {
    if (error instanceof TransportError && error.code === 'connect' && error.sent === 'no') return error.reason ?? ''
    if (!isHttpError(error, 'socket')) return String(error)
    if (read) return error.sent === 'yes' ? 'breaks while it is read' : error.sent
    return error.sent === 'maybe' ? 'breaks, perhaps acted on' : error.sent
  }
}

describe.each(stages)('$name', (stage) => {
  const bodies = bodyKinds.filter(({ name }) => stage.inRequestBody !== true || name !== 'no body')
  test.each(bodies)('$name', async (body) => {
    await using leaks = leakCheck({ withinMs: 2_000 })
    for (const sending of sendings) {
      await using server = await faultServer(stage)
      const api = createClient(server.origin, {
        retry: { backoff: constant({ ms: 0 }) },
        ...(stage.reach === 'unsent' && { use: { attempt: [opening(server)] } }),
      })
      const size = stage.inRequestBody === true ? 150_000 : 2_000
      const outcome = await outcomeOf(api, server, sending, body.make(size))
      await api.close()
      const requests = server.requestsTo('/thing')
      const expected = expectedOf(stage, body, sending)
      const words = `${sending.method}${sending.keyed ? ' with a key' : ''}`
      expect({ words, requests, outcome }).toEqual({ words, ...expected })
      if (body.name !== 'no body') {
        const { begun, whole } = bodiesIn(server.received)
        // No request without its body, whatever became of the body before; no body that goes on where another ended.
        expect({ words, begun }).toEqual({ words, begun: requests })
        if (stage.inRequestBody === true) expect({ words, whole }).toEqual({ words, whole: requests - 1 })
        else if (stage.name !== 'reset after it was accepted, nothing taken')
          expect({ words, whole }).toEqual({ words, whole: requests })
      }
      const keys = server.values('idempotency-key')
      expect(keys).toHaveLength(sending.keyed ? requests : 0)
      expect(new Set(keys).size).toBe(sending.keyed ? Math.min(requests, 1) : 0)
    }
    await leaks.check()
  })
})

describe('how often', () => {
  const broken = stages.find(({ name }) => name === 'reset before the answer')

  test.each([
    { retry: undefined, faults: 2, requests: 3, works: true },
    { retry: undefined, faults: 3, requests: 3, works: false },
    { retry: { attempts: 2 }, faults: 2, requests: 2, works: false },
    { retry: false, faults: 1, requests: 1, works: false },
  ] as const)('$retry, $faults faults: $requests requests', async ({ retry, faults, requests, works }) => {
    if (broken === undefined) throw new Error('no such stage')
    await using leaks = leakCheck({ withinMs: 2_000 })
    await using server = await faultServer(broken, faults)
    const api = createClient(server.origin, {
      retry: retry === false ? false : { ...retry, backoff: constant({ ms: 0 }) },
    })
    const call = api.put('/thing', 'x').text()
    if (works) expect(await call).toBe('good')
    else {
      const error = await rejection(call)
      expect(error).toMatchObject({ code: 'socket', sent: 'maybe' })
      // The last failure, with those before it.
      if (requests > 1)
        expect(error).toHaveProperty(
          'suppressed',
          expect.toSatisfy((list) => list.length === requests - 1),
        )
      else expect(error).not.toHaveProperty('suppressed.0')
    }
    expect(server.requestsTo('/thing')).toBe(requests)
    await api.close()
    await server[Symbol.asyncDispose]()
    await leaks.check()
  })
})

describe('a connection that lay idle turns out to be dead', () => {
  /** Serves one request, and breaks when the second has come: as a server that closes what is idle, a moment too late. */
  async function oneAndNoMore(connection: RawConnection): Promise<void> {
    if (connection.index > 0) {
      await serveAll(connection)
      return
    }
    await connection.receiveRequest()
    await connection.send('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood')
    await connection.receiveRequest()
    await connection.reset()
  }

  test.each([
    { method: 'GET', key: undefined, requests: 2 },
    { method: 'PUT', key: undefined, requests: 2 },
    { method: 'POST', key: undefined, requests: 1 },
    { method: 'PATCH', key: undefined, requests: 1 },
    { method: 'POST', key: 'k-1', requests: 2 },
  ])('$method, key $key: $requests', async ({ method, key, requests }) => {
    await using leaks = leakCheck({ withinMs: 2_000 })
    await using server = await rawServer(oneAndNoMore)
    let attempts = 0
    const counting: Middleware = {
      name: 'counting',
      wrap: (next) => (request, call) => {
        attempts += 1
        return next(request, call)
      },
    }
    const api = createClient(server.origin, {
      retry: { backoff: constant({ ms: 0 }) },
      use: { attempt: [counting] },
    })
    expect(await api.get('/first').text()).toBe('good')
    const options = key === undefined ? {} : { idempotencyKey: key }
    const call = api.execute(method, '/thing', { body: 'x', ...options }).text()
    if (requests === 2) expect(await call).toBe('good')
    else expect(await rejection(call)).toMatchObject({ code: 'socket', sent: 'maybe' })
    expect(server.received.join('').split(' /thing HTTP/1.1').length - 1).toBe(requests)
    // The transport sends again what is idempotent, within the attempt; the key is the retry's.
    expect(attempts).toBe(key === undefined ? 2 : 3)
    await api.close()
    await server.close()
    await leaks.check()
  })
})
