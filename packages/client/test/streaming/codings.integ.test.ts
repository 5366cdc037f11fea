import { promisify } from 'node:util'
import { brotliCompress, deflate, deflateRaw, gzip, zstdCompress } from 'node:zlib'
import { eachProtocol } from '@halyard/testing'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ResponsePromise } from '../../src/index.ts'
import { bodyOf, echo, echoed, scene, textOf, valuesOf } from '../support/scene.ts'
import { rejection } from '../support/thrown.ts'

type Encode = (bytes: Uint8Array) => Promise<Uint8Array>

const encoders: Readonly<Record<string, Encode>> = {
  gzip: promisify<Uint8Array, Buffer>(gzip),
  'x-gzip': promisify<Uint8Array, Buffer>(gzip),
  deflate: promisify<Uint8Array, Buffer>(deflate),
  'deflate (bare)': promisify<Uint8Array, Buffer>(deflateRaw),
  br: promisify<Uint8Array, Buffer>(brotliCompress),
  zstd: promisify<Uint8Array, Buffer>(zstdCompress),
  'gzip, br': async (bytes) =>
    promisify<Uint8Array, Buffer>(brotliCompress)(await promisify<Uint8Array, Buffer>(gzip)(bytes)),
}
const fieldOf = (coding: string): string => coding.replace(' (bare)', '')

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'halyard-codings-'))
})
afterAll(() => rm(folder, { recursive: true }))

const value = { name: 'Grüße', list: Array.from({ length: 500 }, (_, index) => `item ${index * 7919}`) }

/** Every way to read a body. Each gives what came, or throws. */
const readers: Readonly<Record<string, (call: ResponsePromise) => Promise<unknown>>> = {
  json: (call) => call.json(),
  text: (call) => call.text(),
  bytes: (call) => call.bytes(),
  stream: (call) => buffer(call.stream()),
  toWeb: (call) => buffer(call.toWeb()),
  toNode: (call) => buffer(call.toNode()),
  saveTo: (call) => call.saveTo(path.join(folder, 'saved')),
  'bytes of a response': async (call) => (await call).bytes(),
}
const streamReaders: Readonly<Record<string, (call: ResponsePromise) => AsyncIterable<unknown>>> = {
  parts: (call) => call.parts(),
  events: (call) => call.events(),
  ndjson: (call) => call.ndjson(),
}

async function drain(items: AsyncIterable<unknown>): Promise<number> {
  let count = 0
  for await (const _item of items) count += 1
  return count
}

describe.each(eachProtocol)('over $name', (protocol) => {
  test.each(Object.entries(encoders))('%s is decoded, whole and as a stream', async (coding, encode) => {
    const encoded = await encode(Buffer.from(JSON.stringify(value)))
    await using set = await scene(
      (_request, response) => {
        response.writeHead(200, { 'content-encoding': fieldOf(coding), 'content-type': 'application/json' })
        response.end(encoded)
      },
      {},
      protocol,
    )
    expect(await set.api.get('/').json()).toEqual(value)
    expect(JSON.parse((await buffer(set.api.get('/').stream())).toString())).toEqual(value)
    const response = await set.api.get('/')
    expect(response.headers.has('content-encoding')).toBe(false)
    expect(response.headers.has('content-length')).toBe(false)
    await response.discard()
  })

  test('the body of a failure is decoded, too', async () => {
    const encoded = await encoders['zstd']?.(Buffer.from('{"title":"Out of stock"}'))
    await using set = await scene(
      (_request, response) => {
        response.writeHead(409, { 'content-encoding': 'zstd', 'content-type': 'application/problem+json' })
        response.end(encoded)
      },
      {},
      protocol,
    )
    expect(await rejection(set.api.get('/').json())).toMatchObject({ status: 409, problem: { title: 'Out of stock' } })
  })

  test.each(['gzip', 'deflate', 'br', 'zstd', 'gzip, br'])(
    'a cut body in %s is an error for every reader',
    async (coding) => {
      const encoded = (await encoders[coding]?.(Buffer.from(JSON.stringify(value)))) ?? new Uint8Array()
      await using set = await scene(
        (_request, response) => {
          response.writeHead(200, { 'content-encoding': coding, 'content-type': 'application/json' })
          response.end(encoded.subarray(0, -2))
        },
        {},
        protocol,
      )
      for (const [name, read] of Object.entries(readers)) {
        expect([name, await rejection(read(set.api.get('/')))]).toMatchObject([name, { code: 'decode' }])
      }
      expect(await readdir(folder)).not.toContain('saved')
    },
  )
})

describe('a bomb ends in an error by its cap, for every reader', () => {
  const zeros = 32 * 2 ** 20
  /** What each reader would take, were it not so large. */
  const types: Readonly<Record<string, string>> = {
    parts: 'multipart/mixed; boundary=x',
    events: 'text/event-stream',
    ndjson: 'application/x-ndjson',
  }

  test.each(['gzip', 'deflate', 'br', 'zstd', 'gzip, br'])('%s', async (coding) => {
    const bomb = (await encoders[coding]?.(Buffer.alloc(zeros))) ?? new Uint8Array()
    expect(bomb.byteLength).toBeLessThan(zeros / 400)
    await using set = await scene((request, response) => {
      response.writeHead(200, { 'content-encoding': coding, 'content-type': String(request.headers['x-type']) })
      response.end(bomb)
    })
    for (const [name, read] of Object.entries(readers)) {
      const call = set.api.get('/', { headers: { 'x-type': 'application/json' } })
      expect([name, await rejection(read(call))]).toMatchObject([name, { code: 'too-large', sent: 'yes' }])
    }
    for (const [name, read] of Object.entries(streamReaders)) {
      const call = set.api.get('/', { headers: { 'x-type': types[name] } })
      // The limits of a part, an event or a line may be reached first.
      expect([name, await rejection(drain(read(call)))]).toMatchObject([name, { code: 'too-large' }])
    }
    expect(await readdir(folder)).toEqual([])
  })

  test('the caps are options of the client and of the call', async () => {
    const encoded = await encoders['gzip']?.(Buffer.alloc(4_000_000))
    await using set = await scene(
      (_request, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' })
        response.end(encoded)
      },
      { limits: { decodedRatio: 10_000, bodyBytes: 3_000_000 } },
    )
    expect(await rejection(set.api.get('/').bytes())).toMatchObject({
      code: 'too-large',
      message: expect.stringContaining('limits.bodyBytes'),
    })
    expect((await set.api.get('/', { limits: { bodyBytes: 4_000_000 } }).bytes()).byteLength).toBe(4_000_000)
    expect((await buffer(set.api.get('/').stream())).byteLength).toBe(4_000_000)
    expect(
      await rejection(buffer(set.api.get('/', { compression: { maxDecodedBytes: 1_000_000 } }).stream())),
    ).toMatchObject({ code: 'too-large' })
    expect(await rejection(buffer(set.api.get('/', { compression: { maxRatio: 20 } }).stream()))).toMatchObject({
      message: expect.stringContaining('compression.maxRatio'),
    })
    const extended = set.api.extend({ headers: { 'x-more': '1' } })
    expect(await rejection(extended.get('/').bytes())).toMatchObject({ code: 'too-large' })
  })
})

describe('accept-encoding', () => {
  const sent = async (config: object, options: object): Promise<string[]> => {
    await using set = await scene(echo, config)
    return valuesOf((await echoed(set.api.get('/', options).json())).rawHeaders, 'accept-encoding')
  }

  test.each([
    ['by default', {}, {}, ['zstd, br, gzip, deflate']],
    ['a list of the client', { compression: { accept: ['br'] } }, {}, ['br']],
    ['always', { compression: { accept: 'always' } }, {}, ['zstd, br, gzip, deflate']],
    ['auto adds nothing', { compression: { accept: 'auto' } }, {}, []],
    [
      'auto keeps the caller',
      { compression: { accept: 'auto' } },
      { headers: { 'accept-encoding': 'gzip' } },
      ['gzip'],
    ],
    ['never takes it off', { compression: { accept: 'never' } }, { headers: { 'accept-encoding': 'gzip' } }, []],
    ['false is never', { compression: { accept: false } }, {}, []],
    ['a list of the call', {}, { compression: { accept: ['gzip', 'br'] } }, ['gzip, br']],
    ['none for a call', {}, { compression: { accept: false } }, []],
    ['the caller goes first', {}, { headers: { 'accept-encoding': 'deflate' } }, ['deflate']],
    ['the client headers go first', { headers: { 'Accept-Encoding': 'br' } }, {}, ['br']],
    ['a range is asked for as it is', {}, { headers: { range: 'bytes=0-9' } }, ['identity']],
  ])('%s', async (_name, config, options, expected) => {
    expect(await sent(config, options)).toEqual(expected)
  })

  test('a body of another origin is asked for in the same way', async () => {
    await using set = await scene(echo, { headers: { authorization: 'Bearer x' } })
    await using other = await scene(echo)
    const seen = await echoed(set.api.get(`${other.server.origin}/`).json())
    expect(valuesOf(seen.rawHeaders, 'accept-encoding')).toEqual(['zstd, br, gzip, deflate'])
    expect(valuesOf(seen.rawHeaders, 'authorization')).toEqual([])
  })
})

describe.each(eachProtocol)('request bodies over $name', (protocol) => {
  test.each(['gzip', 'br', 'zstd'] as const)('are compressed in %s, of every kind', async (coding) => {
    await using set = await scene(echo, { compression: { request: coding } }, protocol)
    const text = 'compressible '.repeat(1_000)
    async function* stream(): AsyncGenerator<string> {
      for (let at = 0; at < 10; at += 1) yield await Promise.resolve(text)
    }
    for (const body of [text, Buffer.from(text), stream(), stream]) {
      const seen = await echoed(set.api.post('/', body).json())
      expect(seen.headers['content-encoding']).toBe(coding)
      expect(Buffer.from(seen.body, 'base64').byteLength).toBeLessThan(text.length / 5)
    }
    const plain = await echoed(set.api.post('/', 'short').json())
    expect(plain.headers['content-encoding']).toBeUndefined()
    expect(textOf(plain)).toBe('short')
  })

  test('what is sent compressed is what was meant', async () => {
    await using set = await scene(
      async (request, response) => {
        response.setHeader('content-encoding', String(request.headers['content-encoding']))
        response.end(await bodyOf(request))
      },
      {},
      protocol,
    )
    const text = 'Grüße '.repeat(2_000)
    for (const coding of ['gzip', 'br', 'zstd'] as const) {
      expect(await set.api.post('/', text, { compression: { request: coding } }).text()).toBe(text)
    }
  })
})
