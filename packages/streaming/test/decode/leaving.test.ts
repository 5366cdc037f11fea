import { MemoryBody, respond } from '@halyard/core'
import { eventLoopTurns } from './kit/turns.ts'
import { describe, expect, test } from 'vitest'
import { answer, ChunkedBody, collect, decodedBody, send } from './kit/answers.ts'
import { br, forms, gzip, sampleText } from './kit/codings.ts'

const text = sampleText(3_000_000)

function slices(bytes: Uint8Array, size: number): Uint8Array[] {
  const chunks: Uint8Array[] = []
  for (let at = 0; at < bytes.byteLength; at += size) chunks.push(bytes.subarray(at, at + size))
  return chunks
}

describe.each(forms)('$form', ({ coding, encode }) => {
  const chunks = slices(encode(text), 1000)

  test('is not read before somebody asks, nor while nobody does', async () => {
    const source = new ChunkedBody(chunks)
    const body = await decodedBody(coding, source)
    expect(source.pulls).toBe(0)
    const iterator = body.stream()[Symbol.asyncIterator]()
    await eventLoopTurns(20)
    expect(source.pulls).toBe(0)
    await iterator.next()
    await eventLoopTurns(50)
    const pulled = source.pulls
    await eventLoopTurns(50)
    expect(source.pulls).toBe(pulled)
    // Of 3 MB, what came of so few chunks is little.
    expect(pulled).toBeLessThan(chunks.length / 8)
    let decoded = 1
    while ((await iterator.next()).done !== true) decoded += 1
    expect(decoded).toBeGreaterThan(10)
    expect(source.ended).toBe(true)
  })

  test('leaving the loop leaves the source', async () => {
    const source = new ChunkedBody(chunks, 'never')
    for await (const chunk of (await decodedBody(coding, source)).stream()) {
      expect(chunk.byteLength).toBeGreaterThan(0)
      break
    }
    expect(source.left).toBe(true)
  })

  test('leaving while a chunk is awaited leaves the source at once', async () => {
    const source = new ChunkedBody([], 'never')
    const iterator = (await decodedBody(coding, source)).stream()[Symbol.asyncIterator]()
    const pending = iterator.next()
    await eventLoopTurns(3)
    const left = iterator.return?.()
    expect(source.left).toBe(true)
    expect(await pending).toEqual({ done: true, value: undefined })
    expect(await left).toEqual({ done: true, value: undefined })
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  test('and while the codec works', async () => {
    const source = new ChunkedBody(chunks, 'never')
    const iterator = (await decodedBody(coding, source)).stream()[Symbol.asyncIterator]()
    const pending = iterator.next()
    // The source has given its chunk; what comes of it is on its way.
    await Promise.resolve()
    await iterator.return?.()
    expect(source.left).toBe(true)
    expect((await pending).done).toBe(true)
  })

  test('a stream that was never read is left', async () => {
    const source = new ChunkedBody(chunks)
    await (await decodedBody(coding, source)).stream()[Symbol.asyncIterator]().return?.()
    expect([source.left, source.pulls]).toEqual([true, 0])
  })

  test('an error of the source comes through as it is', async () => {
    const failure = new Error('the connection broke')
    const body = await decodedBody(coding, new ChunkedBody(chunks.slice(0, 3), failure))
    await expect(collect(body.stream())).rejects.toBe(failure)
  })

  test('a fault leaves the source, and stays', async () => {
    const source = new ChunkedBody([Buffer.from('\u0007 no such thing')], 'never')
    const iterator = (await decodedBody(coding, source)).stream()[Symbol.asyncIterator]()
    await expect(iterator.next()).rejects.toMatchObject({ code: 'decode' })
    expect(source.left).toBe(true)
    await expect(iterator.next()).rejects.toMatchObject({ code: 'decode' })
    await iterator.return?.()
  })
})

test('the parts of a chain are left together', async () => {
  const source = new ChunkedBody(slices(gzip.encode(br.encode(text)), 1000), 'never')
  const iterator = (await decodedBody('br, gzip', source)).stream()[Symbol.asyncIterator]()
  expect((await iterator.next()).done).toBe(false)
  const turns = Array.from({ length: 1000 }, () => iterator.next())
  await eventLoopTurns(5)
  const left = iterator.return?.()
  expect(source.left).toBe(true)
  await left
  expect((await turns.at(-1))?.done).toBe(true)
})

test('several may be asked for at once, and come in order', async () => {
  const iterator = (await decodedBody('gzip', new ChunkedBody(slices(gzip.encode(text), 1000))))
    .stream()
    [Symbol.asyncIterator]()
  const items = await Promise.all(Array.from({ length: 3000 }, () => iterator.next()))
  const all = Buffer.concat(items.flatMap(({ value }) => (value === undefined ? [] : [value])))
  expect(Buffer.compare(all, text)).toBe(0)
  expect(items.at(-1)?.done).toBe(true)
})

describe('a body is read once', () => {
  const encoded = gzip.encode(text.subarray(0, 1000))
  const readers = {
    bytes: (body) => body.bytes(),
    stream: (body) => collect(body.stream()),
    takeBuffered: (body) => Promise.resolve(body.takeBuffered?.()),
    discard: (body) => body.discard(),
  } satisfies Record<string, (body: Awaited<ReturnType<typeof decodedBody>>) => Promise<unknown>>

  test.each(['bytes', 'stream', 'takeBuffered', 'discard'] as const)('after %s', async (first) => {
    for (const [kind, make] of [
      ['memory', () => new MemoryBody(encoded)],
      ['stream', () => new ChunkedBody([encoded])],
    ] as const) {
      for (const second of ['bytes', 'stream'] as const) {
        const body = await decodedBody('gzip', make())
        const took = await readers[first](body)
        if (first === 'takeBuffered' && kind === 'stream') expect(took).toBeUndefined()
        else await expect((async () => await readers[second](body))()).rejects.toThrow('read or discarded already')
      }
      const body = await decodedBody('gzip', make())
      await readers[first](body)
      if (first !== 'takeBuffered') expect(body.takeBuffered?.()).toBeUndefined()
    }
  })

  test('what cannot be decoded at once is read as a stream, and says why', async () => {
    const body = await decodedBody('gzip', new MemoryBody(encoded.subarray(0, -1)))
    expect(body.takeBuffered?.()).toBeUndefined()
    expect(body.takeBuffered?.()).toBeUndefined()
    await expect(body.bytes()).rejects.toThrow('is cut short')
    const discarded = await decodedBody('gzip', new MemoryBody(encoded.subarray(0, -1)))
    expect(discarded.takeBuffered?.()).toBeUndefined()
    await discarded.discard()
    await expect(discarded.bytes()).rejects.toThrow('read or discarded already')
  })

  test('it settles as the encoded one does, and is disposed of with it', async () => {
    let settled = 0
    const read = await decodedBody('gzip', new MemoryBody(encoded))
    read.onSettled(() => (settled += 1))
    await read.bytes()
    expect(settled).toBe(1)
    const source = new ChunkedBody([encoded])
    await (await decodedBody('gzip', source))[Symbol.asyncDispose]()
    expect([source.left, source.pulls]).toEqual([true, 0])
  })

  test('an encoded body that was read by somebody else', async () => {
    const inner = respond({ headers: { 'content-encoding': 'gzip' }, body: encoded })
    const response = await send(() => Promise.resolve(inner))
    await inner.body.bytes()
    await expect(response.body.bytes()).rejects.toThrow('read or discarded already')
  })
})

test('a source that waits for ever does not hold who leaves', async () => {
  async function* stuck(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(gzip.encode(text).subarray(0, 100))
    await new Promise(() => undefined)
  }
  const source = stuck()
  const inner = new ChunkedBody([])
  const response = await send(() =>
    Promise.resolve(
      answer({
        headers: { 'content-encoding': 'gzip' },
        body: Object.assign(Object.create(inner), { stream: () => source }),
      }),
    ),
  )
  const iterator = response.body.stream()[Symbol.asyncIterator]()
  const items = Array.from({ length: 10 }, () => iterator.next())
  await eventLoopTurns(10)
  void iterator.return?.()
  expect((await items.at(-1))?.done).toBe(true)
})
