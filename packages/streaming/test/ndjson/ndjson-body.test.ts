import { Readable } from 'node:stream'
import { ReadableStream } from 'node:stream/web'
import { BodyError, type RequestBody } from '@halyard/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jsonLines, type NdjsonBodyOptions, ndjsonBody } from '../../src/ndjson/index.ts'
import { collect, turn } from '../events/kit/chunks.ts'

function opened(body: RequestBody): AsyncIterable<Uint8Array> {
  const chunks = body.open()
  if (chunks instanceof Uint8Array) throw new Error('not a stream')
  return chunks
}

async function chunksOf(body: RequestBody): Promise<string[]> {
  const chunks = await collect(opened(body))
  return chunks.map((chunk) => Buffer.from(chunk).toString())
}

async function textOf(body: RequestBody): Promise<string> {
  return (await chunksOf(body)).join('')
}

async function* items(...values: unknown[]): AsyncGenerator<unknown> {
  for (const value of values) yield await Promise.resolve(value)
}

describe('what is sent', () => {
  test('a line for each item', async () => {
    const body = ndjsonBody([{ a: 1 }, 'é\n', null, [undefined]])
    expect(body).toMatchObject({ contentType: 'application/x-ndjson', length: undefined, replayable: true })
    expect(await textOf(body)).toBe('{"a":1}\n"é\\n"\nnull\n[null]\n')
  })

  test('a sequence', async () => {
    const body = ndjsonBody([1, { a: 2 }], { format: 'sequence' })
    expect(body.contentType).toBe('application/json-seq')
    expect(await textOf(body)).toBe('\x1e1\n\x1e{"a":2}\n')
  })

  test('nothing for no items', async () => {
    expect(await chunksOf(ndjsonBody([]))).toEqual([])
    expect(await chunksOf(ndjsonBody(items()))).toEqual([])
  })

  test('what was encoded, text or bytes, now or later', async () => {
    const encode = (item: unknown, index: number): string | Uint8Array | Promise<string> => {
      if (index === 0) return `"${String(item)}"`
      return index === 1 ? Buffer.from('{"é":1}') : Promise.resolve(String(index))
    }
    const body = ndjsonBody(['a', 'b', 'c'], { encode, mediaType: 'application/jsonl' })
    expect(body.contentType).toBe('application/jsonl')
    expect(await textOf(body)).toBe('"a"\n{"é":1}\n2\n')
  })

  test('comes back as it was', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.jsonValue(), { maxLength: 20 }),
        fc.constantFrom('lines', 'sequence'),
        fc.boolean(),
        async (values, format, isStream) => {
          const body = ndjsonBody(isStream ? items(...values) : values, { format })
          const expected: unknown = JSON.parse(JSON.stringify(values))
          expect(await collect(jsonLines(opened(body), { format }))).toEqual(expected)
        },
      ),
      { numRuns: 300 },
    )
  })
})

describe('how often', () => {
  test('an array and a function can be sent again', async () => {
    let calls = 0
    const made = ndjsonBody(() => {
      calls += 1
      return items(calls)
    })
    expect(made.replayable).toBe(true)
    expect([await textOf(made), await textOf(made)]).toEqual(['1\n', '2\n'])
    const array = ndjsonBody([1])
    expect([await textOf(array), await textOf(array)]).toEqual(['1\n', '1\n'])
  })

  test.each([
    ['a generator', () => [1, 2].values()],
    ['an async generator', () => items(1, 2)],
    ['a set', () => new Set([1, 2])],
    ['a stream of Node', () => Readable.from([1, 2])],
    ['a stream of the web', () => ReadableStream.from([1, 2])],
  ])('%s can be sent once', async (_name, make) => {
    const body = ndjsonBody(make())
    expect(body.replayable).toBe(false)
    expect(await textOf(body)).toBe('1\n2\n')
    expect(() => body.open()).toThrow('was sent already')
  })
})

describe('chunks', () => {
  test('what is there already is sent together, up to 64 KiB', async () => {
    for (const source of [
      Array.from({ length: 10_000 }, (_, index) => index),
      items(...Array.from({ length: 10_000 }).keys()),
    ]) {
      const chunks = await chunksOf(ndjsonBody(source))
      expect(chunks.join('').split('\n')).toHaveLength(10_001)
      expect(chunks).toHaveLength(1)
    }
    const long = 'é'.repeat(10_000)
    const chunks = await collect(opened(ndjsonBody(Array.from({ length: 20 }, () => long))))
    expect(chunks.map(({ byteLength }) => byteLength)).toEqual(
      Array.from({ length: 7 }, (_, i) => (i < 6 ? 60_009 : 40_006)),
    )
    const huge = await collect(opened(ndjsonBody(['a', 'x'.repeat(100_000), 'b'])))
    expect(huge.map(({ byteLength }) => byteLength)).toEqual([4, 100_003, 4])
  })

  test('an item does not wait for the next one', async () => {
    let give: (value: unknown) => void = () => undefined
    async function* slow(): AsyncGenerator<unknown> {
      yield 1
      yield 2
      yield await new Promise((resolve) => {
        give = resolve
      })
    }
    const chunks = opened(ndjsonBody(slow()))[Symbol.asyncIterator]()
    expect(Buffer.from((await chunks.next()).value ?? []).toString()).toBe('1\n2\n')
    const waiting = chunks.next()
    await turn()
    give(3)
    expect(Buffer.from((await waiting).value ?? []).toString()).toBe('3\n')
    expect((await chunks.next()).done).toBe(true)
  })

  test('an item does not wait for another to be encoded', async () => {
    let give: (value: string) => void = () => undefined
    const encode = (item: unknown): string | Promise<string> =>
      item === 1
        ? '1'
        : new Promise((resolve) => {
            give = resolve
          })
    const chunks = opened(ndjsonBody([1, 2], { encode }))[Symbol.asyncIterator]()
    expect(Buffer.from((await chunks.next()).value ?? []).toString()).toBe('1\n')
    const waiting = chunks.next()
    await turn()
    give('2')
    expect(Buffer.from((await waiting).value ?? []).toString()).toBe('2\n')
  })
})

describe('what has no JSON form', () => {
  const circle: { self?: unknown } = {}
  circle.self = circle
  test.each([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a symbol', Symbol('S3cret')],
    ['a big integer', { a: 1n }],
    ['an object that holds itself', circle],
    ['a promise', Promise.resolve(1)],
  ])('%s', async (_name, value) => {
    for (const source of [[1, value], new Set([1, value])]) {
      const error: unknown = await textOf(ndjsonBody(source)).catch((failure: unknown) => failure)
      expect(error).toMatchObject({
        name: 'BodyError',
        code: 'encode',
        message: 'line 2 of the request body cannot be written as JSON',
      })
    }
  })

  test('a text that would end before its end', async () => {
    const send = (text: string | Uint8Array, options: NdjsonBodyOptions): Promise<string> =>
      textOf(ndjsonBody([1], { ...options, encode: () => text }))
    await expect(send('{\n}', {})).rejects.toMatchObject({ code: 'encode' })
    await expect(send(Buffer.from('{\n}'), {})).rejects.toMatchObject({ code: 'encode' })
    await expect(send('\x1e', { format: 'sequence' })).rejects.toMatchObject({ code: 'encode' })
    expect(await send('{\n}', { format: 'sequence' })).toBe('\x1e{\n}\n')
  })

  test('an error of ours, and one of the source, come as they are', async () => {
    const ours = new BodyError('ours', { code: 'encode', sent: 'no', target: '' })
    const throwing = (): string => {
      throw ours
    }
    await expect(textOf(ndjsonBody([1], { encode: throwing }))).rejects.toBe(ours)
    await expect(textOf(ndjsonBody([1], { encode: () => Promise.reject(ours) }))).rejects.toBe(ours)
    const failure = new Error('database')
    async function* failing(): AsyncGenerator<unknown> {
      yield 1
      await Promise.reject(failure)
    }
    await expect(textOf(ndjsonBody(failing()))).rejects.toBe(failure)
  })
})

describe('a body that is left stops its source', () => {
  test('a generator', async () => {
    let isStopped = false
    function* numbers(): Generator<number> {
      try {
        for (let number = 0; ; number += 1) yield number
      } finally {
        isStopped = true
      }
    }
    for await (const chunk of opened(ndjsonBody(numbers()))) {
      expect(chunk.byteLength).toBeLessThanOrEqual(65_536)
      break
    }
    expect(isStopped).toBe(true)
  })

  test.each([
    ['a stream of Node', () => new Readable({ objectMode: true, read: () => undefined }), (s: Readable) => s.destroyed],
  ])('%s that gives nothing', async (_name, make, isStopped) => {
    const source = make()
    const chunks = opened(ndjsonBody(source))[Symbol.asyncIterator]()
    const waiting = chunks.next()
    await turn()
    await chunks.return?.()
    expect(await waiting).toEqual({ done: true, value: undefined })
    await turn()
    expect(isStopped(source)).toBe(true)
  })

  test('a stream of the web that gives nothing', async () => {
    let isCancelled = false
    const source = new ReadableStream<unknown>({
      cancel: () => {
        isCancelled = true
      },
    })
    const chunks = opened(ndjsonBody(source))[Symbol.asyncIterator]()
    const waiting = chunks.next()
    await turn()
    await chunks.return?.()
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(isCancelled).toBe(true)
  })

  test('before it was read, and after an item that cannot be sent', async () => {
    for (const isRead of [false, true]) {
      let left = 0
      const source: AsyncIterable<unknown> = {
        [Symbol.asyncIterator]: () => ({
          next: () => Promise.resolve({ done: false, value: undefined }),
          return: () => {
            left += 1
            return Promise.resolve({ done: true, value: undefined })
          },
        }),
      }
      const chunks = opened(ndjsonBody(source))[Symbol.asyncIterator]()
      if (isRead) await expect(chunks.next()).rejects.toMatchObject({ code: 'encode' })
      else await chunks.return?.()
      expect(left).toBe(1)
    }
  })
})

test('wrong arguments are refused at once', async () => {
  const make = (source: unknown, options?: object): unknown => Reflect.apply(ndjsonBody, undefined, [source, options])
  for (const source of ['text', Buffer.from('{}'), { a: 1 }, null, 1])
    expect(() => make(source)).toThrow('an iterable of items')
  expect(() => make([], { formats: 'lines' })).toThrow("did you mean 'format'?")
  expect(() => make([], { format: 'x' })).toThrow("'lines' or 'sequence'")
  expect(() => make([], { encode: 'x' })).toThrow('a function')
  expect(() => make([], Object.create({ encode: 'x' }))).not.toThrow()
  const late = make(() => 'text')
  expect(() => Reflect.apply(Reflect.get(Object(late), 'open'), late, [])).toThrow('an iterable of items')
})
