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

/** Parts are bodies like these: the table for HTTP/1.1 alone has them. */
const bodies = bodyKinds.slice(0, 4)

const sendings = [
  ...['GET', 'PUT', 'DELETE', 'POST', 'PATCH'].map((method) => ({ method, key: undefined })),
  ...['POST', 'PATCH'].map((method) => ({ method, key: 'k-1' })),
]

describe.each(eachProtocol)('over $name, what', (protocol) => {
  describe.each(faults)('$name', (fault) => {
    test.each(bodies)('$name', async (body) => {
      const seen = new Map<string, { body: string; key: unknown }[]>()
      const taken = new Map<string, PromiseWithResolvers<void>>()
      const handler = async (request: ServerRequest, response: ServerResponse): Promise<void> => {
        const list = seen.get(request.url) ?? []
        seen.set(request.url, list)
        list.push({ body: (await bodyOf(request)).toString('latin1'), key: request.headers['idempotency-key'] })
        const headTaken = taken.get(request.url)?.promise ?? Promise.reject(new Error('no such call'))
        if (list.length === 1) await fault.play(response, headTaken)
        else response.end('good')
      }
      await using set = await scene(handler, { retry: { backoff: constant({ ms: 0 }) } }, protocol)
      let total = 0
      for (const { method, key } of sendings) {
        const path = `/${method}/${key ?? 'none'}`
        const gate = Promise.withResolvers<void>()
        taken.set(path, gate)
        const options = { body: body.make(2_000), ...(key !== undefined && { idempotencyKey: key }) }
        let outcome: string
        try {
          const response = await set.api.execute(method, path, options)
          gate.resolve()
          outcome = `${response.status} ${await response.text()}`
        } catch (error) {
          outcome = isHttpError(error, 'socket') ? `breaks, sent: ${error.sent}` : String(error)
        }
        const again = fault.reach !== 'answered' && (isIdempotent(method) || key !== undefined) && body.replayable
        const broken = { refused: '503 busy', unknown: 'breaks, sent: maybe', answered: 'breaks, sent: yes' }
        const requests = seen.get(path) ?? []
        expect({ path, requests: requests.length, outcome }).toEqual({
          path,
          requests: again ? 2 : 1,
          outcome: again ? '200 good' : broken[fault.reach],
        })
        total += requests.length
        expect(set.server.requests).toBe(total)
        for (const one of requests) {
          expect(one.key).toBe(key)
          if (body.name === 'no body') expect(one.body).toBe('')
          else expect(bodiesIn(one.body)).toEqual({ begun: 1, whole: 1 })
        }
      }
    })
  })
})
