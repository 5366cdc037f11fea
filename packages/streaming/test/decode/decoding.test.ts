import zlib from 'node:zlib'
import fc from 'fast-check'
import { MemoryBody } from '@halyard/core'
import { describe, expect, test } from 'vitest'
import { ChunkedBody, collect, decodedBody, decodeStream } from './kit/answers.ts'
import { br, concat, deflate, eachByte, forms, gzip, rawDeflate, sampleText, zstd } from './kit/codings.ts'

const sample = sampleText(700)
const large = sampleText(400_000)

describe.each(forms)('$form', ({ coding, encode }) => {
  const encoded = encode(sample)

  test('in one chunk, in chunks of one byte, and read whole', async () => {
    expect(await decodeStream(coding, [encoded])).toEqual(new Uint8Array(sample))
    expect(await decodeStream(coding, eachByte(encoded))).toEqual(new Uint8Array(sample))
    const streamed = await decodedBody(coding, new ChunkedBody([encoded]))
    expect(Buffer.compare(await streamed.bytes(), sample)).toBe(0)
    const buffered = await decodedBody(coding, new MemoryBody(encoded))
    expect(Buffer.compare(await buffered.bytes(), sample)).toBe(0)
  })

  test('split at every byte, with an empty chunk between', async () => {
    for (let at = 0; at <= encoded.byteLength; at += 1) {
      const chunks = [encoded.subarray(0, at), new Uint8Array(), encoded.subarray(at)]
      expect(Buffer.compare(await decodeStream(coding, chunks), sample)).toBe(0)
    }
  })

  test('cut at every byte is an error, streamed or whole', async () => {
    for (let at = 1; at < encoded.byteLength; at += 1) {
      const cut = encoded.subarray(0, at)
      const expected = { name: 'BodyError', code: 'decode', message: expect.stringContaining(`its ${coding} coding`) }
      await expect(decodeStream(coding, [cut])).rejects.toMatchObject(expected)
      const whole = await decodedBody(coding, new MemoryBody(cut))
      await expect(whole.bytes()).rejects.toMatchObject(expected)
    }
  })

  test('cut at every byte and given byte by byte is an error', async () => {
    const short = encode(Buffer.from('short'))
    for (let at = 1; at < short.byteLength; at += 1) {
      await expect(decodeStream(coding, eachByte(short.subarray(0, at)))).rejects.toMatchObject({ code: 'decode' })
    }
  })

  test('of a cut body what came is given before the error', async () => {
    const encodedLarge = encode(large)
    const body = await decodedBody(coding, new ChunkedBody([encodedLarge.subarray(0, -1)]))
    let size = 0
    const reading = (async () => {
      for await (const chunk of body.stream()) size += chunk.byteLength
    })()
    await expect(reading).rejects.toMatchObject({ code: 'decode', message: expect.stringContaining('is cut short') })
    expect(size).toBeGreaterThan(100_000)
  })

  test('a body without a byte has no coding either', async () => {
    expect(await decodeStream(coding, [])).toHaveLength(0)
    expect(await (await decodedBody(coding, new MemoryBody(new Uint8Array()))).bytes()).toHaveLength(0)
  })

  test('an encoded nothing', async () => {
    const nothing = encode(new Uint8Array())
    expect(await decodeStream(coding, [nothing])).toHaveLength(0)
    expect(await (await decodedBody(coding, new MemoryBody(nothing))).bytes()).toHaveLength(0)
  })

  test('a body of many chunks', async () => {
    const whole = encode(large)
    const chunks: Uint8Array[] = []
    for (let at = 0; at < whole.byteLength; at += 777) chunks.push(whole.subarray(at, at + 777))
    expect(Buffer.compare(await decodeStream(coding, chunks), large)).toBe(0)
  })

  test('what is no such coding is an error that says which, and shows nothing of it', async () => {
    const failure: unknown = await decodeStream(coding, [Buffer.from('\u0007 a secret text')]).catch(
      (error: unknown) => error,
    )
    expect(failure).toMatchObject({ code: 'decode', sent: 'yes', target: 'GET http://decode.test/things' })
    expect(String(failure)).toContain(`its ${coding} coding`)
    expect(String(failure)).not.toContain('secret')
    expect(String(failure)).not.toContain('?')
  })

  test('whatever comes ends in bytes or in a typed error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { maxLength: 5 }), async (chunks) => {
        const failure: unknown = await decodeStream(coding, chunks).then(
          () => undefined,
          (error: unknown) => error,
        )
        if (failure !== undefined) expect(failure).toMatchObject({ name: 'BodyError' })
      }),
      { numRuns: 200 },
    )
  })

  test('a byte that was changed never passes for another text', async () => {
    // Neither br nor bare deflate has a check over its content.
    const isChecked = coding !== 'br' && encode !== rawDeflate.encode
    for (let at = 0; at < encoded.byteLength; at += 1) {
      const changed = Uint8Array.from(encoded)
      changed[at] = (changed[at] ?? 0) ^ 0x10
      const outcome: unknown = await decodeStream(coding, [changed]).catch((error: unknown) => error)
      if (!(outcome instanceof Uint8Array)) expect(outcome).toMatchObject({ name: 'BodyError' })
      // Some fields say nothing of the content.
      else if (isChecked) expect(Buffer.compare(outcome, sample)).toBe(0)
    }
    expect.hasAssertions()
  })

  test('a stream that is flushed comes out piece by piece', async () => {
    const pieces = await flushed(coding, encode === rawDeflate.encode, ['one', 'two', 'three'])
    const body = await decodedBody(coding, new ChunkedBody(pieces, 'never'))
    const iterator = body.stream()[Symbol.asyncIterator]()
    for (const expected of ['one', 'two', 'three']) {
      const item = await iterator.next()
      expect(Buffer.from(item.value ?? new Uint8Array()).toString()).toBe(expected)
    }
    await iterator.return?.()
  })
})

/** Chunks of one message, each complete in itself. */
async function flushed(coding: string, isRaw: boolean, texts: readonly string[]): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = []
  const encoder =
    coding === 'gzip'
      ? zlib.createGzip()
      : coding === 'br'
        ? zlib.createBrotliCompress()
        : coding === 'zstd'
          ? zlib.createZstdCompress()
          : isRaw
            ? zlib.createDeflateRaw()
            : zlib.createDeflate()
  const flush =
    coding === 'br'
      ? zlib.constants.BROTLI_OPERATION_FLUSH
      : coding === 'zstd'
        ? zlib.constants.ZSTD_e_flush
        : zlib.constants.Z_SYNC_FLUSH
  for (const text of texts) {
    encoder.write(text)
    await new Promise<void>((resolve) => encoder.flush(flush, resolve))
    const parts: Uint8Array[] = []
    // Node 26 gives one buffer a time.
    for (let part: unknown = encoder.read(); part instanceof Uint8Array; part = encoder.read()) parts.push(part)
    pieces.push(concat(...parts))
  }
  return pieces
}

describe('checks', () => {
  test.each([
    ['the check sum of gzip', gzip, -8],
    ['the length of gzip', gzip, -4],
    ['the check sum of zlib', deflate, -4],
    ['the check sum of zstd', zstd, -4],
  ])('%s', async (_name, { coding, encode }, at) => {
    const encoded = Uint8Array.from(encode(sample))
    const place = encoded.byteLength + at
    encoded[place] = (encoded[place] ?? 0) ^ 1
    await expect(decodeStream(coding, [encoded])).rejects.toMatchObject({
      code: 'decode',
      message: expect.stringContaining('is malformed'),
    })
    const whole = await decodedBody(coding, new MemoryBody(encoded))
    await expect(whole.bytes()).rejects.toMatchObject({ code: 'decode' })
  })

  test('a zlib stream that wants a dictionary of its own', async () => {
    const encoded = zlib.deflateSync(sample, { dictionary: Buffer.from('sample line') })
    await expect(decodeStream('deflate', [encoded])).rejects.toMatchObject({ code: 'decode' })
  })

  test('a header of gzip with name, comment and extra field', async () => {
    const plain = gzip.encode(sample)
    const head = Uint8Array.from(plain.subarray(0, 10))
    head[3] = 0x04 | 0x08 | 0x10
    const fields = concat(Uint8Array.of(3, 0, 1, 2, 3), Buffer.from('name\0comment\0'))
    const encoded = concat(head, fields, plain.subarray(10))
    expect(Buffer.compare(await decodeStream('gzip', eachByte(encoded)), sample)).toBe(0)
  })

  test('the window of zstd is at most 8 MiB', async () => {
    const compress = async (windowLog: number): Promise<Uint8Array> => {
      const encoder = zlib.createZstdCompress({ params: { [zlib.constants.ZSTD_c_windowLog]: windowLog } })
      // In two writes: of a single one the size is known, and the window fitted to it.
      encoder.write(sample)
      encoder.end(sample)
      return await collect(encoder)
    }
    expect(await decodeStream('zstd', [await compress(23)])).toHaveLength(1400)
    for (const body of [new ChunkedBody([await compress(24)]), new MemoryBody(await compress(24))]) {
      const decoded = await decodedBody('zstd', body)
      await expect(decoded.bytes()).rejects.toMatchObject({
        code: 'too-large',
        message: expect.stringContaining('window'),
      })
    }
  })
})

describe('several members', () => {
  const skippable = (size: number): Uint8Array => {
    const frame = Buffer.alloc(8 + size, 0xfd)
    frame.writeUInt32LE(0x184d_2a5f, 0)
    frame.writeUInt32LE(size, 4)
    return frame
  }
  const [one, two] = [Buffer.from('the first, '), Buffer.from('and the second')]

  test.each([
    ['members of gzip', 'gzip', concat(gzip.encode(one), gzip.encode(two))],
    [
      'empty members of gzip between',
      'gzip',
      concat(gzip.encode(one), gzip.encode(new Uint8Array()), gzip.encode(two)),
    ],
    ['members of gzip, padded', 'gzip', concat(gzip.encode(one), gzip.encode(two), new Uint8Array(5))],
    ['frames of zstd', 'zstd', concat(zstd.encode(one), zstd.encode(two))],
    [
      'frames of zstd, skippable ones between',
      'zstd',
      concat(skippable(0), zstd.encode(one), skippable(300), zstd.encode(two), skippable(2)),
    ],
    ['frames of zstd without a check sum', 'zstd', concat(zlib.zstdCompressSync(one), zlib.zstdCompressSync(two))],
  ])('%s, split at every byte', async (_name, coding, encoded) => {
    const expected = concat(one, two)
    for (let at = 0; at <= encoded.byteLength; at += 1) {
      const chunks = [encoded.subarray(0, at), encoded.subarray(at)]
      expect(await decodeStream(coding, chunks)).toEqual(expected)
    }
    expect(await decodeStream(coding, eachByte(encoded))).toEqual(expected)
    const whole = await decodedBody(coding, new MemoryBody(encoded))
    expect(new Uint8Array(await whole.bytes())).toEqual(expected)
  })

  test('a second one that is cut short is an error', async () => {
    for (const { coding, encode } of [gzip, zstd]) {
      const [first, second] = [encode(one), encode(two)]
      for (let at = 1; at < second.byteLength; at += 1) {
        const cut = concat(first, second.subarray(0, at))
        await expect(decodeStream(coding, [cut])).rejects.toMatchObject({ code: 'decode' })
        const whole = await decodedBody(coding, new MemoryBody(cut))
        await expect(whole.bytes()).rejects.toMatchObject({ code: 'decode' })
      }
    }
  })

  test.each(forms)('bytes behind the end of $form are an error', async ({ coding, encode }) => {
    const encoded = encode(one)
    for (const rest of [Buffer.from('rest'), Buffer.from('\0\0rest'), Buffer.from('\n')]) {
      for (const chunks of [[concat(encoded, rest)], [encoded, rest], eachByte(concat(encoded, rest))]) {
        await expect(decodeStream(coding, chunks)).rejects.toMatchObject({ code: 'decode' })
      }
      const whole = await decodedBody(coding, new MemoryBody(concat(encoded, rest)))
      await expect(whole.bytes()).rejects.toMatchObject({ code: 'decode' })
    }
  })

  test('the source is read to its end, so that its connection can be used again', async () => {
    for (const { coding, encode } of forms) {
      const source = new ChunkedBody([encode(one)])
      await collect((await decodedBody(coding, source)).stream())
      expect([source.ended, source.left]).toEqual([true, false])
    }
  })
})

describe('chains', () => {
  test.each([
    ['gzip, br', [gzip, br]],
    ['br, gzip', [br, gzip]],
    ['deflate, zstd, gzip', [deflate, zstd, gzip]],
    ['zstd, zstd', [zstd, zstd]],
    ['gzip, gzip, gzip, gzip, gzip', [gzip, gzip, gzip, gzip, gzip]],
    ['deflate, deflate', [rawDeflate, deflate]],
  ])('%s', async (field, applied) => {
    let encoded = sample
    for (const { encode } of applied) encoded = Buffer.from(encode(encoded))
    expect(Buffer.compare(await decodeStream(field, [encoded]), sample)).toBe(0)
    expect(Buffer.compare(await decodeStream(field, eachByte(encoded)), sample)).toBe(0)
    const whole = await decodedBody(field, new MemoryBody(encoded))
    expect(Buffer.compare(await whole.bytes(), sample)).toBe(0)
  })

  test('cut at every byte', async () => {
    const encoded = gzip.encode(br.encode(sample))
    for (let at = 1; at < encoded.byteLength; at += 1) {
      await expect(decodeStream('br, gzip', [encoded.subarray(0, at)])).rejects.toMatchObject({ code: 'decode' })
    }
  })

  test('the error says which coding is at fault', async () => {
    const encoded = gzip.encode(br.encode(sample).subarray(0, -1))
    await expect(decodeStream('br, gzip', [encoded])).rejects.toThrow('its br coding has no end')
  })
})
