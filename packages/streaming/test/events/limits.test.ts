import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseEvents, type ParseEventsOptions } from '../../src/events/index.ts'
import { allSplits, collect, inPieces, streamOf, utf8 } from './kit/chunks.ts'

async function* endless(start: string, chunk: string, seen: { bytes: number }): AsyncGenerator<Uint8Array> {
  yield utf8(start)
  const bytes = utf8(chunk)
  while (seen.bytes < 10_000_000) {
    seen.bytes += bytes.byteLength
    yield await Promise.resolve(bytes)
  }
  throw new Error('nothing stopped it')
}

describe('what never ends stops at the limit', () => {
  test.each([
    ['a line of data', 'data: ', 'x'.repeat(1000)],
    ['lines of data', '', 'data: x\n'],
    ['empty lines of data', '', 'data\n'],
    ['a type', 'event: ', 'x'.repeat(1000)],
    ['types', '', 'event: x\n'],
    ['an id', 'id: ', 'x'.repeat(1000)],
    ['ids', '', 'id: 12345\r\n'],
    ['retries', '', 'retry: 1\r'],
    ['an unknown field', 'x: ', 'x'.repeat(1000)],
    ['unknown fields', '', 'x\n'],
    ['a comment', ':', 'x'.repeat(1000)],
    ['a line without a colon', '', 'x'.repeat(1000)],
    ['NUL', '', '\0'],
  ])('%s', async (_name, start, chunk) => {
    const seen = { bytes: 0 }
    const events = parseEvents(endless(start, chunk, seen), { maxEventBytes: 10_000, target: 'GET http://x/' })
    await expect(collect(events)).rejects.toMatchObject({
      name: 'BodyError',
      code: 'too-large',
      target: 'GET http://x/',
      message: 'GET http://x/: an event is larger than maxEventBytes, 10000 bytes',
    })
    expect(seen.bytes).toBeLessThan(12_000)
  })

  test('the default is 1 MiB', async () => {
    const seen = { bytes: 0 }
    await expect(collect(parseEvents(endless('data:', 'x'.repeat(65_536), seen)))).rejects.toMatchObject({
      code: 'too-large',
    })
    expect(seen.bytes).toBeGreaterThanOrEqual(1_048_576)
    expect(seen.bytes).toBeLessThan(1_250_000)
    const [event] = await collect(parseEvents(streamOf(utf8(`data:${'x'.repeat(1_048_571)}\n\n`))))
    expect(event?.data).toHaveLength(1_048_571)
  })
})

describe('it does not matter how a stream is cut into chunks', () => {
  const read = (chunks: readonly Uint8Array[], options: ParseEventsOptions): Promise<string> =>
    collect(parseEvents(streamOf(...chunks), options)).then(
      (events) => `${events.length} events`,
      (error: unknown) => String(error),
    )

  test.each([
    ['data: 678\n\n', 9],
    ['data: 678\r\n\r\n', 9],
    ['\uFEFFdata: 678\n\n', 9],
    ['id: 1\ndata\n\n', 10],
    [': 3456789\n\n', 9],
    ['data: 1\n: 3456789\n\n', 9],
    ['data: 1\n\ndata: 2\n\n', 7],
    ['event: 89\n\n', 9],
  ])('%j has a largest event of %i', async (stream, size) => {
    for (const chunks of allSplits(utf8(stream))) {
      expect(await read(chunks, { maxEventBytes: size })).toMatch(/^\d events$/)
      expect(await read(chunks, { maxEventBytes: size - 1 })).toContain('larger than maxEventBytes')
    }
  })
})

test('any stream has the same events, and stops at the same place, in any pieces', async () => {
  const piece = fc.constantFrom('data', 'id', ':', ' ', 'x', '\n', '\r', '\r\n', '\n\n', '\uFEFF')
  const outcome = async (chunks: readonly Uint8Array[]): Promise<unknown[]> => {
    const seen: unknown[] = []
    try {
      for await (const event of parseEvents(streamOf(...chunks), { maxEventBytes: 8, comments: true })) seen.push(event)
    } catch (error) {
      seen.push(String(error))
    }
    return seen
  }
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
      const bytes = utf8(pieces.join(''))
      expect(await outcome(inPieces(bytes, 1))).toEqual(await outcome([bytes]))
    }),
    { numRuns: 3000 },
  )
})

test('events before the one that is too large are given', async () => {
  const seen: string[] = []
  const reading = (async () => {
    const stream = utf8('data: 1\n\ndata: 2\n\ndata: too large\n\n')
    for await (const { data } of parseEvents(streamOf(stream), { maxEventBytes: 10 })) seen.push(data)
  })()
  await expect(reading).rejects.toMatchObject({ code: 'too-large' })
  expect(seen).toEqual(['1', '2'])
})

test('comments of a server that has nothing to say count for nothing', async () => {
  const stream = utf8(`data: 1\n${': keep-alive\n'.repeat(10_000)}\ndata: 2\n\n`)
  expect(await collect(parseEvents(streamOf(...inPieces(stream, 100)), { maxEventBytes: 20 }))).toHaveLength(2)
})

test('errors say nothing of what came', async () => {
  const error: unknown = await collect(parseEvents(streamOf(utf8('data: S3cret')), { maxEventBytes: 5 })).catch(
    (failure: unknown) => failure,
  )
  expect(String(error)).toContain('maxEventBytes')
  expect(String(error)).not.toContain('S3cret')
  expect(JSON.stringify(error)).not.toContain('S3cret')
})

test('wrong options are refused at once', () => {
  const parse = (options: object): unknown => parseEvents(streamOf(), options)
  expect(() => parse({ maxEventByte: 1 })).toThrow("did you mean 'maxEventBytes'?")
  expect(() => parse({ maxEventBytes: 0 })).toThrow('an integer')
  expect(() => parse({ maxEventBytes: Infinity })).toThrow('an integer')
  expect(() => parse({ comments: 1 })).toThrow('true or false')
  expect(() => parse(Object.create({ maxEventBytes: 'x' }))).not.toThrow()
})

test('chunks of another kind are refused', async () => {
  async function* texts(): AsyncGenerator<string> {
    yield await Promise.resolve('data: x\n\n')
  }
  const events: unknown = Reflect.apply(parseEvents, undefined, [texts()])
  await expect(collect(events as AsyncIterable<unknown>)).rejects.toThrow('chunks of bytes')
})
