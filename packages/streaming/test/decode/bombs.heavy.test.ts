import zlib from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { ChunkedBody, decodedBody } from './kit/answers.ts'
import { gzip, zstd } from './kit/codings.ts'

const mebibyte = 1024 * 1024
const gibibyte = 1024 * mebibyte

function memory(): number {
  // Buffers are let go of after the collection that found them dead: the next one waits for that.
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

type Encoder = ReturnType<typeof zlib.createGzip | typeof zlib.createBrotliCompress | typeof zlib.createZstdCompress>

/** 1 GiB of zeros, encoded. */
async function zeros(encoder: Encoder): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  encoder.on('data', (chunk: Uint8Array) => chunks.push(chunk))
  const ended = new Promise<void>((resolve, reject) => {
    encoder.on('end', () => resolve())
    encoder.on('error', reject)
  })
  const block = new Uint8Array(16 * mebibyte)
  for (let written = 0; written < gibibyte; written += block.byteLength) {
    await new Promise<void>((resolve) => encoder.write(block, () => resolve()))
  }
  encoder.end()
  await ended
  return Buffer.concat(chunks)
}

const brotli = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } }
const bombs: [string, string, () => Promise<Uint8Array>][] = [
  ['gzip', 'gzip', () => zeros(zlib.createGzip({ level: 1 }))],
  ['deflate', 'deflate', () => zeros(zlib.createDeflate({ level: 1 }))],
  ['br', 'br', () => zeros(zlib.createBrotliCompress(brotli))],
  ['zstd', 'zstd', () => zeros(zlib.createZstdCompress())],
  ['gzip in gzip', 'gzip, gzip', async () => gzip.encode(await zeros(zlib.createGzip({ level: 1 })))],
  ['gzip in zstd', 'gzip, zstd', async () => zstd.encode(await zeros(zlib.createGzip({ level: 1 })))],
]

describe.each(bombs)('1 GiB of zeros in %s', (_name, codings, make) => {
  test('is stopped by each cap in flat memory, and let through in flat memory without', async () => {
    const bomb = await make()
    const peak = async (options: object, read: 'bytes' | 'stream'): Promise<[unknown, number, number]> => {
      const before = memory()
      let most = 0
      let size = 0
      let failure: unknown
      const body = await decodedBody(codings, new ChunkedBody([bomb]), options)
      try {
        if (read === 'bytes') size = (await body.bytes()).byteLength
        else {
          let chunks = 0
          for await (const chunk of body.stream()) {
            size += chunk.byteLength
            chunks += 1
            if (chunks % 2000 === 0) most = Math.max(most, memory() - before)
          }
        }
      } catch (error) {
        failure = error
      }
      return [failure, size, Math.max(most, memory() - before)]
    }
    const tooLarge = { name: 'BodyError', code: 'too-large' }
    for (const read of ['stream', 'bytes'] as const) {
      const [byRatio, , atRatio] = await peak({}, read)
      expect(byRatio).toMatchObject(tooLarge)
      expect(atRatio / mebibyte).toBeLessThan(32)
      const [byBytes, , atBytes] = await peak({ maxRatio: 1e9, maxDecodedBytes: 64 * mebibyte }, read)
      expect(byBytes).toMatchObject(tooLarge)
      expect(atBytes / mebibyte).toBeLessThan(32)
    }
    const [byWhole, , atWhole] = await peak({ maxRatio: 1e9, maxBufferedBytes: 16 * mebibyte }, 'bytes')
    expect(byWhole).toMatchObject(tooLarge)
    expect(atWhole / mebibyte).toBeLessThan(32)
    const [none, size, atAll] = await peak({ maxRatio: 1e9 }, 'stream')
    expect([none, size]).toEqual([undefined, gibibyte])
    expect(atAll / mebibyte).toBeLessThan(32)
  })
})

test('a flood of members and frames without content takes linear time and flat memory', async () => {
  for (const { coding, encode } of [gzip, zstd]) {
    const nothing = encode(new Uint8Array())
    const block = Buffer.concat(Array.from({ length: 2000 }, () => nothing))
    const before = memory()
    const body = await decodedBody(coding, new ChunkedBody(Array.from({ length: 10 }, () => block)))
    let chunks = 0
    for await (const chunk of body.stream()) chunks += chunk.byteLength
    expect(chunks).toBe(0)
    expect((memory() - before) / mebibyte).toBeLessThan(16)
  }
})
