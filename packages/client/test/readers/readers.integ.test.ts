import { text as textOfStream } from 'node:stream/consumers'
import { eachProtocol } from '@halyard/testing'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type ClientResponse, type ResponsePromise } from '../../src/index.ts'
import { scene } from '../support/scene.ts'
import { rejection } from '../support/thrown.ts'

type Readable = Pick<ResponsePromise, 'json' | 'text' | 'bytes' | 'stream' | 'toWeb' | 'toNode' | 'discard'>

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all).toString()
}

const readers: readonly (readonly [string, (from: Readable) => Promise<unknown>])[] = [
  ['json', (from) => from.json()],
  ['text', (from) => from.text()],
  ['bytes', (from) => from.bytes()],
  ['stream', (from) => collect(from.stream())],
  ['toWeb', (from) => textOfStream(from.toWeb())],
  ['toNode', (from) => textOfStream(from.toNode())],
]

describe.each(eachProtocol)('over $name', (protocol) => {
  test('every reader, on the promise and on the response', async () => {
    const content = '{"name":"Ada ä","list":[1,2]}'
    await using set = await scene(
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(content)
      },
      {},
      protocol,
    )
    for (const [name, read] of readers) {
      const expected =
        name === 'json' ? JSON.parse(content) : name === 'bytes' ? new TextEncoder().encode(content) : content
      expect([name, await read(set.api.get('/'))]).toEqual([name, expected])
      expect([name, await read(await set.api.get('/'))]).toEqual([name, expected])
    }
    expect(await set.api.get('/').discard()).toBeUndefined()
    await using response = await set.api.get('/')
    expect(response.status).toBe(200)
  })

  test('bytes() is no Buffer', async () => {
    await using set = await scene((_request, response) => void response.end('abc'), {}, protocol)
    const bytes = await set.api.get('/').bytes()
    expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype)
  })

  test('large bodies in many chunks', async () => {
    const large = Buffer.alloc(2_000_000, '0123456789')
    await using set = await scene((_request, response) => void response.end(large), {}, protocol)
    expect(Buffer.from(await set.api.get('/').bytes()).equals(large)).toBe(true)
    for (const read of readers.slice(3).map(([, one]) => one)) {
      const got = await read(set.api.get('/'))
      expect(got === large.toString()).toBe(true)
    }
  })

  test('leaving a stream early closes the exchange, and the next call works', async () => {
    await using set = await scene(
      (request, response) => {
        if (request.url === '/small') response.end('ok')
        else {
          const more = (): void => void (response.write(Buffer.alloc(65_536)) && setImmediate(more))
          response.on('drain', more)
          more()
        }
      },
      {},
      protocol,
    )
    for await (const chunk of set.api.get('/').stream()) {
      expect(chunk.byteLength).toBeGreaterThan(0)
      break
    }
    const web = set.api.get('/').toWeb().getReader()
    expect((await web.read()).done).toBe(false)
    await web.cancel()
    const node = set.api.get('/').toNode()
    await new Promise((resolve) => void node.once('data', resolve))
    node.destroy()
    expect(await set.api.get('/small').text()).toBe('ok')
  })
})

describe('typed reading', () => {
  const body = '{"id":1,"name":"Ada"}'
  const schemas = [
    ['zod', z.object({ id: z.number(), name: z.string() })],
    ['valibot', v.object({ id: v.number(), name: v.string() })],
    ['arktype', type({ id: 'number', name: 'string' })],
    ['zod, asynchronous', z.object({ id: z.number(), name: z.string() }).refine(() => Promise.resolve(true))],
  ] as const
  test.each(schemas)('%s', async (_name, schema) => {
    await using set = await scene((request, response) => {
      response.setHeader('content-type', 'application/json')
      response.end(request.url === '/good' ? body : '{"id":"secret-value","name":"Ada"}')
    })
    expect(await set.api.get('/good').json(schema)).toEqual({ id: 1, name: 'Ada' })
    expect(await (await set.api.get('/good')).json(schema)).toEqual({ id: 1, name: 'Ada' })
    for (const error of [
      await rejection(set.api.get('/bad').json(schema)),
      await rejection((await set.api.get('/bad')).json(schema)),
    ]) {
      expect(error).toMatchObject({ name: 'ValidationError', at: 'body', status: 200, mediaType: 'application/json' })
      expect(error).toHaveProperty('issues.0.path.0', 'id')
      expect(String(error)).toContain(`GET ${set.server.origin}/bad`)
    }
  })

  test('transformations and coercions of the schema are what comes out', async () => {
    await using set = await scene((_request, response) => void response.end('{"at":"2026-01-02","n":"5"}'))
    const schema = z.object({ at: z.string().transform((text) => new Date(text)), n: z.coerce.number() })
    expect(await set.api.get('/').json(schema)).toEqual({ at: new Date('2026-01-02'), n: 5 })
  })
})

describe('the second reader of a body', () => {
  test.each(readers)('%s', async (_name, read) => {
    await using set = await scene((_request, response) => void response.end('{"a":1}'))
    const response: ClientResponse = await set.api.get('/')
    await response.text()
    const error = await rejection(Promise.resolve().then(() => read(response)))
    expect(error).toMatchObject({ name: 'BodyError', code: 'decode' })
    expect(String(error)).toMatch(/already/)
    await response.discard()
  })

  test('while the first is at it', async () => {
    await using set = await scene((_request, response) => {
      response.write('[')
      setImmediate(() => response.end(']'))
    })
    const response = await set.api.get('/')
    const first = response.json()
    expect(await rejection(response.text())).toMatchObject({ name: 'BodyError' })
    expect(await first).toEqual([])
  })

  test('after discard', async () => {
    await using set = await scene((_request, response) => void response.end('abc'))
    const response = await set.api.get('/')
    await response.discard()
    await response.discard()
    expect(await rejection(response.text())).toMatchObject({ name: 'BodyError' })
  })
})

describe('trailers', () => {
  test('come after the body', async () => {
    await using set = await scene((_request, response) => {
      response.writeHead(200, { trailer: 'x-sum' })
      response.write('abc')
      response.addTrailers({ 'x-sum': '6' })
      response.end()
    })
    const response = await set.api.get('/')
    expect(await response.text()).toBe('abc')
    expect((await response.trailers()).get('x-sum')).toBe('6')
  })
})

test('limits.bodyBytes is for readers that buffer, per client and per call', async () => {
  await using set = await scene((_request, response) => void response.end('x'.repeat(1_000)), {
    limits: { bodyBytes: 999 },
  })
  expect(await rejection(set.api.get('/').text())).toMatchObject({ name: 'BodyError', code: 'too-large' })
  expect(await rejection((await set.api.get('/')).json())).toMatchObject({ code: 'too-large' })
  expect(await collect(set.api.get('/').stream())).toHaveLength(1_000)
  expect(await set.api.get('/', { limits: { bodyBytes: 1_000 } }).text()).toHaveLength(1_000)
})

test('the promise is a promise', async () => {
  await using set = await scene((_request, response) => void response.end('abc'))
  let settled = 0
  const call = set.api.get('/').finally(() => void (settled += 1))
  expect(await call.then((response) => response.text())).toBe('abc')
  expect(settled).toBe(1)
  const failing = set.api.get('http://127.0.0.1:1/')
  expect(await failing.catch((error: unknown) => error)).toMatchObject({ code: 'connect', sent: 'no' })
  expect(Object.prototype.toString.call(failing)).toBe('[object ResponsePromise]')
  expect(await Promise.any([set.api.get('/').text(), failing.then(String)])).toBe('abc')
})
