import { constant } from '@halyard/resilience/retry'
import { eachProtocol, type ServerRequest, type ServerResponse } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { isHttpError, isIdempotent } from '../../src/index.ts'
import { bodyOf, scene } from '../support/scene.ts'
import { bodiesIn, bodyKinds } from './kit/bodies.ts'

/** What a server does with its first request, once it has read it. */
interface Fault {
  readonly name: string
  readonly reach: 'refused' | 'unknown' | 'answered'
  readonly play: (response: ServerResponse, headTaken: Promise<void>) => void | Promise<void>
}

const faults: readonly Fault[] = [
  {
    name: 'answers 503',
    reach: 'refused',
    play: (response) => {
      response.writeHead(503)
      response.end('busy')
    },
  },
  { name: 'is destroyed before the head', reach: 'unknown', play: (response) => void response.destroy() },
  {
    name: 'is destroyed after the head',
    reach: 'answered',
    play: async (response, headTaken) => {
      response.writeHead(200, { 'content-length': 20 })
      response.flushHeaders()
      await headTaken
      response.destroy()
    },
  },
  {
    name: 'is destroyed in the body',
    reach: 'answered',
    play: async (response, headTaken) => {
      response.writeHead(200, { 'content-length': 20 })
      response.write('0123456')
      await headTaken
      response.destroy()
    },
  },
]

const sendings = [
  ...['GET', 'PUT', 'DELETE', 'POST', 'PATCH'].map((method) => ({ method, key: undefined })),
  ...['POST', 'PATCH'].map((method) => ({ method, key: 'k-1' })),
]

describe.each(eachProtocol)('over $name, what', (protocol) => {
  describe.each(faults)('$name', (fault) => {
    test.each(bodyKinds)('$name', async (body) => {
      for (const { method, key } of sendings) {
        const seen: { body: string; key: unknown }[] = []
        const taken = Promise.withResolvers<void>()
        const handler = async (request: ServerRequest, response: ServerResponse): Promise<void> => {
          seen.push({ body: (await bodyOf(request)).toString('latin1'), key: request.headers['idempotency-key'] })
          if (seen.length === 1) await fault.play(response, taken.promise)
          else response.end('good')
        }
        await using set = await scene(handler, { retry: { backoff: constant({ ms: 0 }) } }, protocol)
        const options = { body: body.make(20_000), ...(key !== undefined && { idempotencyKey: key }) }
        let outcome: string
        try {
          const response = await set.api.execute(method, '/', options)
          taken.resolve()
          outcome = `${response.status} ${await response.text()}`
        } catch (error) {
          outcome = isHttpError(error, 'socket') ? `breaks, sent: ${error.sent}` : String(error)
        }
        const again = fault.reach !== 'answered' && (isIdempotent(method) || key !== undefined) && body.replayable
        const broken = { refused: '503 busy', unknown: 'breaks, sent: maybe', answered: 'breaks, sent: yes' }
        const words = `${method}${key === undefined ? '' : ' with a key'}`
        expect({ words, requests: seen.length }).toEqual({ words, requests: again ? 2 : 1 })
        expect({ words, outcome }).toEqual({ words, outcome: again ? '200 good' : broken[fault.reach] })
        expect(set.server.requests).toBe(seen.length)
        for (const one of seen) {
          expect(one.key).toBe(key)
          if (body.name !== 'no body') expect(bodiesIn(one.body)).toEqual({ begun: 1, whole: 1 })
          else expect(one.body).toBe('')
        }
      }
    })
  })
})
