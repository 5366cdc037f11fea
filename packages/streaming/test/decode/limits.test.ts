import zlib from 'node:zlib'
import { MemoryBody, newCall, respond } from '@halyard/core'
import { describe, expect, test } from 'vitest'
import { answer, ChunkedBody, collect, decodedBody, request, send } from './kit/answers.ts'
import { br, concat, deflate, eachByte, forms, gzip, sampleText, zstd } from './kit/codings.ts'

const mebibyte = 1024 * 1024
const zeros = (bytes: number): Uint8Array => new Uint8Array(bytes)

/** Reads a stream until it fails; how much it gave before. */
async function failing(
  chunks: AsyncIterable<Uint8Array>,
): Promise<{ readonly size: number; readonly failure: unknown }> {
  let size = 0
  try {
    for await (const chunk of chunks) size += chunk.byteLength
  } catch (failure) {
    return { size, failure }
  }
  return { size, failure: undefined }
}

describe('the ratio', () => {
  test.each([gzip, deflate, br, zstd])('a bomb of $form stops beyond 1 MiB', async ({ coding, encode }) => {
    const bomb = encode(zeros(16 * mebibyte))
    const source = new ChunkedBody([bomb], 'never')
    const { size, failure } = await failing((await decodedBody(coding, source)).stream())
    expect(failure).toMatchObject({
      name: 'BodyError',
      code: 'too-large',
      message: expect.stringContaining('more than 200 times its size (compression.maxRatio)'),
    })
    expect(size).toBeLessThan(2 * mebibyte + 200 * bomb.byteLength)
    expect(source.left).toBe(true)
    // Read whole, it is the same.
    const whole = await decodedBody(coding, new MemoryBody(bomb))
    await expect(whole.bytes()).rejects.toMatchObject({ code: 'too-large' })
  })

  test('a bomb inside of another, and one outside', async () => {
    const inside = gzip.encode(gzip.encode(zeros(16 * mebibyte)))
    await expect((await decodedBody('gzip, gzip', new ChunkedBody([inside]))).bytes()).rejects.toMatchObject({
      code: 'too-large',
    })
    // What comes out in between is not what the reader gets, but it is much as well.
    const outside = br.encode(gzip.encode(new Uint8Array()))
    const between = br.encode(concat(gzip.encode(new Uint8Array()), zeros(16 * mebibyte)))
    expect(await (await decodedBody('gzip, br', new ChunkedBody([outside]))).bytes()).toHaveLength(0)
    await expect((await decodedBody('gzip, br', new ChunkedBody([between]))).bytes()).rejects.toMatchObject({
      code: 'too-large',
    })
  })

  test('up to 1 MiB any ratio is taken, and one that is asked for beyond', async () => {
    const bomb = br.encode(zeros(mebibyte))
    expect(mebibyte / bomb.byteLength).toBeGreaterThan(10_000)
    expect(await (await decodedBody('br', new ChunkedBody([bomb]))).bytes()).toHaveLength(mebibyte)
    const more = br.encode(zeros(2 * mebibyte))
    const options = { maxRatio: 1_000_000 }
    expect(await (await decodedBody('br', new ChunkedBody([more]), options)).bytes()).toHaveLength(2 * mebibyte)
    for (const own of [{ limits: { decodedRatio: 1e6 } }, { compression: { maxRatio: 1e6 } }]) {
      const body = await decodedBody('br', new ChunkedBody([more]), {}, own)
      expect(await body.bytes()).toHaveLength(2 * mebibyte)
    }
    const strict = { compression: { maxRatio: 2 }, limits: { decodedRatio: 1e6 } }
    const body = await decodedBody('br', new ChunkedBody([more]), {}, strict)
    await expect(body.bytes()).rejects.toThrow('more than 2 times')
  })
})

describe('bytes', () => {
  const text = sampleText(300_000)

  test.each(forms)('decoded ones of $form, streamed and whole', async ({ coding, encode }) => {
    const encoded = encode(text)
    const options = { maxDecodedBytes: 299_999 }
    const expected = {
      code: 'too-large',
      message: expect.stringContaining('compression.maxDecodedBytes, 299999 bytes'),
    }
    for (const chunks of [[encoded], eachByte(encoded.subarray(0, 50)).concat([encoded.subarray(50)])]) {
      const { size, failure } = await failing((await decodedBody(coding, new ChunkedBody(chunks), options)).stream())
      expect(failure).toMatchObject(expected)
      expect(size).toBeLessThan(300_000)
      const whole = await decodedBody(coding, new ChunkedBody(chunks), options)
      await expect(whole.bytes()).rejects.toMatchObject(expected)
    }
    const enough = await decodedBody(coding, new ChunkedBody([encoded]), { maxDecodedBytes: 300_000 })
    expect(await collect(enough.stream())).toHaveLength(300_000)
  })

  test('a stream has no limit but that one; a body that is read whole has limits.bodyBytes', async () => {
    const encoded = gzip.encode(text)
    const limits = { limits: { bodyBytes: 100_000 } }
    const expected = { code: 'too-large', message: expect.stringContaining('limits.bodyBytes, 100000 bytes') }
    const streamed = await decodedBody('gzip', new ChunkedBody([encoded]), {}, limits)
    expect(await collect(streamed.stream())).toHaveLength(300_000)
    for (const source of [new ChunkedBody([encoded]), new MemoryBody(encoded)]) {
      await expect((await decodedBody('gzip', source, {}, limits)).bytes()).rejects.toMatchObject(expected)
    }
    const configured = await decodedBody('gzip', new ChunkedBody([encoded]), { maxBufferedBytes: 100_000 })
    await expect(configured.bytes()).rejects.toMatchObject(expected)
    const own = await decodedBody('gzip', new ChunkedBody([encoded]), { maxBufferedBytes: 1 }, limits)
    await expect(own.bytes()).rejects.toMatchObject(expected)
  })

  test('short bodies in memory have them, too', async () => {
    const encoded = gzip.encode(Buffer.from('hello'))
    for (const [bodyBytes, size] of [
      [5, 5],
      [4, undefined],
      [0, undefined],
    ] as const) {
      const body = await decodedBody('gzip', new MemoryBody(encoded), {}, { limits: { bodyBytes } })
      if (size === undefined) await expect(body.bytes()).rejects.toMatchObject({ code: 'too-large' })
      else expect(await body.bytes()).toHaveLength(size)
    }
  })

  test('what never gives anything is limited by what came', async () => {
    const nothing = gzip.encode(new Uint8Array())
    function* endless(): Generator<Uint8Array> {
      for (;;) yield concat(...Array.from({ length: 1000 }, () => nothing))
    }
    const source = new ChunkedBody(endless())
    const body = await decodedBody('gzip', source, { maxBufferedBytes: 100_000 })
    await expect(body.bytes()).rejects.toMatchObject({ code: 'too-large' })
    expect(source.left).toBe(true)
    expect(source.pulls).toBeLessThan(20)
  })
})

describe('codings', () => {
  const nested = (count: number): Uint8Array => {
    let encoded: Uint8Array = Buffer.from('deep')
    for (let level = 0; level < count; level += 1) encoded = gzip.encode(encoded)
    return encoded
  }
  const field = (count: number): string => Array.from({ length: count }, () => 'gzip').join(', ')

  test('50 of them are an error when the body is read, which is let go', async () => {
    for (const read of ['bytes', 'stream'] as const) {
      const source = new ChunkedBody([nested(50)], 'never')
      const body = await decodedBody(field(50), source)
      const reading = read === 'bytes' ? body.bytes() : collect(body.stream())
      await expect(reading).rejects.toMatchObject({
        name: 'BodyError',
        code: 'too-large',
        message: expect.stringContaining('50 content codings, and compression.maxCodings is 5'),
      })
      expect([source.left, source.pulls]).toEqual([true, 0])
    }
    expect((await decodedBody(field(50), new MemoryBody(nested(50)))).takeBuffered?.()).toBeUndefined()
    await (await decodedBody(field(50), new MemoryBody(nested(50)))).discard()
  })

  test('as many as the option says', async () => {
    expect(await (await decodedBody(field(5), new ChunkedBody([nested(5)]))).bytes()).toHaveLength(4)
    await expect((await decodedBody(field(6), new ChunkedBody([nested(6)]))).bytes()).rejects.toThrow(
      '6 content codings',
    )
    expect(await (await decodedBody(field(6), new MemoryBody(nested(6)), { maxCodings: 6 })).bytes()).toHaveLength(4)
    const own = await decodedBody('gzip', new ChunkedBody([nested(1)]), {}, { compression: { maxCodings: 0 } })
    await expect(own.bytes()).rejects.toMatchObject({ code: 'too-large' })
  })

  test('in several fields', async () => {
    const headers = Array.from({ length: 6 }, () => ['content-encoding', 'gzip'] as const)
    const response = await send(() => Promise.resolve(answer({ headers, body: new ChunkedBody([nested(6)]) })))
    await expect(response.body.bytes()).rejects.toThrow('6 content codings')
  })
})

test('messages name no query', async () => {
  const response = await send(
    () =>
      Promise.resolve(respond({ headers: { 'content-encoding': 'gzip' }, body: zlib.gzipSync('x').subarray(0, 9) })),
    {},
    request(),
    newCall(),
  )
  const failure: unknown = await response.body.bytes().catch((error: unknown) => error)
  expect(String(failure)).toContain('GET http://decode.test/things: ')
  expect(String(failure)).not.toContain('secret')
})
