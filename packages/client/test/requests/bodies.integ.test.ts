import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { bytesBody } from '@halyard/core'
import { eachProtocol, rawServer, reply, type RawRequest } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { bytes, createClient, file, form, json, text } from '../../src/index.ts'
import { echo, echoed, scene, textOf } from '../support/scene.ts'
import { rejection } from '../support/thrown.ts'

const octets = 'application/octet-stream'
const plain = 'text/plain; charset=utf-8'
const urlencoded = 'application/x-www-form-urlencoded'
const jsonType = 'application/json'

class Money {
  readonly #cents: number
  constructor(cents: number) {
    this.#cents = cents
  }

  toJSON(): string {
    return `${this.#cents / 100} EUR`
  }
}

async function* pieces(): AsyncGenerator<Uint8Array | string> {
  yield new TextEncoder().encode('ab')
  await Promise.resolve()
  yield 'ç'
  yield new Uint8Array()
  yield new TextEncoder().encode('d')
}

/** A body, its content type, its text, and whether its length is said beforehand. */
const kinds: readonly (readonly [string, () => unknown, string | undefined, string, boolean])[] = [
  ['undefined', () => undefined, undefined, '', true],
  ['null', () => null, undefined, '', true],
  ['a string', () => 'häl\u{1f600}', plain, 'häl\u{1f600}', true],
  ['an empty string', () => '', plain, '', true],
  ['a lone surrogate', () => '\ud800', plain, '\ufffd', true],
  ['bytes', () => new TextEncoder().encode('abc'), octets, 'abc', true],
  ['a Buffer', () => Buffer.from('abc'), octets, 'abc', true],
  ['a part of a buffer', () => new Uint8Array(Buffer.from('xxabcx')).subarray(2, 5), octets, 'abc', true],
  ['an ArrayBuffer', () => new TextEncoder().encode('abc').buffer, octets, 'abc', true],
  ['a DataView', () => new DataView(new TextEncoder().encode('xabc').buffer, 1), octets, 'abc', true],
  ['a Blob', () => new Blob(['a', 'bc']), octets, 'abc', true],
  ['a typed Blob', () => new Blob(['{}'], { type: 'application/x-a' }), 'application/x-a', '{}', true],
  ['a File', () => new File(['abc'], 'a.png', { type: 'image/png' }), 'image/png', 'abc', true],
  ['URLSearchParams', () => new URLSearchParams({ 'a b': 'c&d', e: '' }), urlencoded, 'a+b=c%26d&e=', true],
  ['a Readable', () => Readable.from([Buffer.from('ab'), Buffer.from('c')]), octets, 'abc', false],
  ['a Readable of text', () => Readable.from(['ab', 'ç']), octets, 'abç', false],
  ['a ReadableStream', () => new Blob(['abc']).stream(), octets, 'abc', false],
  ['an async iterable', pieces, octets, 'abçd', false],
  ['a bare async iterable', () => ({ [Symbol.asyncIterator]: pieces }), octets, 'abçd', false],
  ['a factory of streams', () => () => Readable.from([Buffer.from('abc')]), octets, 'abc', false],
  ['a factory of web streams', () => () => new Blob(['abc']).stream(), octets, 'abc', false],
  ['a generator function', () => pieces, octets, 'abçd', false],
  ['an object', () => ({ a: 1, b: [true, null, null], c: undefined }), jsonType, '{"a":1,"b":[true,null,null]}', true],
  ['an array', () => [1, 'a'], jsonType, '[1,"a"]', true],
  ['an object without a prototype', () => Object.assign(Object.create(null), { a: 1 }), jsonType, '{"a":1}', true],
  ['a number', () => 5, jsonType, '5', true],
  ['zero', () => 0, jsonType, '0', true],
  ['true', () => true, jsonType, 'true', true],
  ['false', () => false, jsonType, 'false', true],
  ['a Date', () => new Date(0), jsonType, '"1970-01-01T00:00:00.000Z"', true],
  ['an object with toJSON', () => new Money(150), jsonType, '"1.5 EUR"', true],
  ['json of text', () => json('a'), jsonType, '"a"', true],
  ['json of null', () => json(null), jsonType, 'null', true],
  [
    'json of a type',
    () => json({ a: 1 }, { mediaType: 'application/merge-patch+json' }),
    'application/merge-patch+json',
    '{"a":1}',
    true,
  ],
  ['text', () => text('a'), plain, 'a', true],
  ['text of a type', () => text('a', { mediaType: 'text/csv' }), 'text/csv', 'a', true],
  ['bytes()', () => bytes(new TextEncoder().encode('abc')), octets, 'abc', true],
  ['bytes of a buffer and type', () => bytes(new ArrayBuffer(1), { mediaType: 'image/png' }), 'image/png', '\0', true],
  ['form', () => form({ a: [1, 2], b: 'x y', c: undefined }), urlencoded, 'a=1&a=2&b=x+y', true],
  ['form of parameters', () => form(new URLSearchParams('a=x y')), urlencoded, 'a=x+y', true],
  ['a body of the core', () => bytesBody(new TextEncoder().encode('abc'), 'a/b'), 'a/b', 'abc', true],
]

describe.each(eachProtocol)('over $name', (protocol) => {
  test('bodies by their type', async () => {
    await using set = await scene(echo, {}, protocol)
    for (const [name, make, type, content, known] of kinds) {
      const seen = await echoed(set.api.post('/', make()).json())
      expect([name, seen.headers['content-type'], textOf(seen)]).toEqual([name, type, content])
      if (protocol.httpVersion === '1.1') {
        const length = seen.headers['content-length']
        expect([name, length ?? seen.headers['transfer-encoding']]).toEqual([
          name,
          known ? String(Buffer.byteLength(content)) : 'chunked',
        ])
      }
    }
  })

  test('as an option of verbs that have no argument for it', async () => {
    await using set = await scene(echo, {}, protocol)
    const seen = await echoed(set.api.delete('/', { body: { a: 1 } }).json())
    expect([seen.headers['content-type'], textOf(seen)]).toEqual([jsonType, '{"a":1}'])
    const both = await echoed(set.api.post('/', 'argument', { body: 'option' }).json())
    expect(textOf(both)).toBe('argument')
  })

  test('large ones, in both directions', async () => {
    await using set = await scene(echo, {}, protocol)
    const large = Buffer.alloc(3_000_000, 'abcdefg')
    const seen = await echoed(set.api.post('/', large).json())
    expect(Buffer.from(seen.body, 'base64').equals(large)).toBe(true)
    const streamed = await echoed(set.api.post('/', () => new Blob([large]).stream()).json())
    expect(Buffer.from(streamed.body, 'base64').equals(large)).toBe(true)
  })
})

describe('content type: the option, then the helper, then headers, then the guess', () => {
  const own = { 'Content-Type': 'x/headers' }
  test.each([
    ['guess', 'a', {}, plain],
    ['headers over guess', 'a', { headers: own }, 'x/headers'],
    ['helper over headers', json({}), { headers: own }, jsonType],
    ['helper of a type over headers', json({}, { mediaType: 'a/b' }), { headers: own }, 'a/b'],
    ['option over helper', json({}), { mediaType: 'c/d' }, 'c/d'],
    ['option over all', json({}), { mediaType: 'c/d', headers: own }, 'c/d'],
    ['option over guess', 'a', { mediaType: 'c/d' }, 'c/d'],
    ['no body, no type', undefined, { mediaType: 'c/d' }, undefined],
  ])('%s', async (_name, body, options, expected) => {
    await using set = await scene(echo)
    const seen = await echoed(set.api.post('/', body, options).json())
    expect(seen.headers['content-type']).toBe(expected)
  })

  test('a header of the client is over the guess and below the helper', async () => {
    await using set = await scene(echo, { headers: { 'content-type': 'x/client' } })
    expect((await echoed(set.api.post('/', 'a').json())).headers['content-type']).toBe('x/client')
    expect((await echoed(set.api.post('/', json(1)).json())).headers['content-type']).toBe(jsonType)
    const wins = await echoed(set.api.post('/', 'a', { headers: { 'content-type': 'x/call' } }).json())
    expect(wins.headers['content-type']).toBe('x/call')
  })
})

describe('files', () => {
  test('are streamed with their length, by path or URL', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'halyard-'))
    try {
      const path = join(directory, 'a.bin')
      await writeFile(path, Buffer.alloc(600_000, 'x'))
      await using set = await scene(echo)
      for (const place of [path, pathToFileURL(path)]) {
        const seen = await echoed(set.api.put('/', file(place)).json())
        const { headers, body } = seen
        expect([headers['content-type'], headers['content-length'], headers['transfer-encoding']]).toEqual([
          octets,
          '600000',
          undefined,
        ])
        expect(Buffer.from(body, 'base64').byteLength).toBe(600_000)
      }
      const typed = await echoed(set.api.put('/', file(path, { mediaType: 'image/png' })).json())
      expect(typed.headers['content-type']).toBe('image/png')
      await writeFile(path, '')
      expect(textOf(await echoed(set.api.put('/', file(path)).json()))).toBe('')
    } finally {
      await rm(directory, { recursive: true })
    }
  })

  test('that are none are an error of the file', () => {
    for (const path of [join(tmpdir(), 'halyard-no-such-file'), tmpdir()])
      expect(() => file(path)).toThrow(expect.objectContaining({ code: 'file', sent: 'no' }))
  })

  test('that shrink after they were looked at never arrive as a whole', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'halyard-'))
    try {
      const path = join(directory, 'a.bin')
      await writeFile(path, 'abcdefghij')
      const body = file(path)
      await writeFile(path, 'abc')
      await using set = await scene(echo)
      expect(await rejection(set.api.put('/', body))).toMatchObject({ code: 'encode' })
    } finally {
      await rm(directory, { recursive: true })
    }
  })
})

describe('what cannot be sent is refused before anything is sent', () => {
  const circle: { self?: unknown } = {}
  circle.self = circle
  test.each([
    ['a circle', circle],
    ['undefined in a list', { a: [undefined] }],
    ['a number that is none', { a: NaN }],
    ['a symbol', Symbol('x')],
    [
      'toJSON that throws',
      {
        toJSON: () => {
          throw new Error('no')
        },
      },
    ],
    ['json of undefined', json(undefined)],
    ['json of a function', json(() => 1)],
    ['json of a circle', json(circle)],
  ])('%s', async (_name, body) => {
    await using set = await scene(echo)
    const error = await rejection(set.api.post('/', body))
    expect(error).toMatchObject({ name: 'BodyError', code: 'encode', sent: 'no' })
    expect(set.server.requests).toBe(0)
    expect(set.server.totalConnections).toBe(0)
  })

  test.each([
    ['nothing', () => undefined],
    ['text', () => 'abc'],
    ['a promise', () => Promise.resolve(Readable.from([]))],
  ])('a factory that makes %s', async (_name, factory) => {
    await using set = await scene(echo)
    expect(await rejection(set.api.post('/', factory))).toMatchObject({ sent: 'no' })
    expect(set.server.requests).toBe(0)
  })
})

describe('streams', () => {
  test('that fail are an error of the call, with the failure as its cause', async () => {
    await using set = await scene(echo)
    const broken = new Error('disk on fire')
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(10)
      throw broken
    }
    for (const body of [failing, failing(), Readable.from(failing())]) {
      const error = await rejection(set.api.post('/', body))
      expect(error).toMatchObject({ code: 'encode', cause: broken })
    }
  })

  test('of something else than bytes are an error', async () => {
    await using set = await scene(echo)
    expect(await rejection(set.api.post('/', Readable.from([1, 2])))).toMatchObject({ code: 'encode' })
  })

  test('are destroyed when the call ends early', async () => {
    await using set = await scene((_request, response) => void response.end('no'))
    const source = new Readable({ read: () => undefined })
    source.push('a')
    const controller = new AbortController()
    const call = set.api.post('/', source, { signal: controller.signal })
    await Promise.all([
      rejection(call.then((response) => response.discard()).then(() => Promise.reject(new Error('answered')))),
      rejection(
        Promise.resolve()
          .then(() => controller.abort())
          .then(() => Promise.reject(new Error('x'))),
      ),
    ])
    await new Promise((resolve) => void source.once('close', resolve))
    expect(source.destroyed).toBe(true)
  })

  test('given once cannot be sent again', async () => {
    await using set = await scene(echo)
    const once = new Blob(['abc']).stream()
    await set.api.post('/', once).discard()
    expect(await rejection(set.api.post('/', once))).toMatchObject({ sent: 'no' })
  })

  test('of Node, sent twice, are never sent empty', async () => {
    await using set = await scene(echo)
    const once = Readable.from([Buffer.from('abc')])
    await set.api.post('/', once).discard()
    const second = await set.api.post('/', once).then(
      async (response) => textOf(await echoed(response.json())),
      () => 'refused',
    )
    expect(second).toBe('refused')
  })
})

test('a POST without a body says that its length is zero', async () => {
  const seen: RawRequest[] = []
  await using server = await rawServer(async (connection) => {
    for (;;) {
      seen.push(await connection.receiveRequest())
      await connection.send(reply())
    }
  })
  await using api = createClient(server.origin)
  await api.post('/').discard()
  await api.get('/').discard()
  const lengths = seen.map(({ headers }) => headers.find(([name]) => name.toLowerCase() === 'content-length')?.[1])
  expect(lengths).toEqual(['0', undefined])
})
