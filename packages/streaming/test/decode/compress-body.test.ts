import zlib from 'node:zlib'
import {
  bytesBody,
  factoryBody,
  headerList,
  httpRequest,
  MemoryBody,
  newCall,
  respond,
  streamBody,
  textBody,
  type HttpRequest,
  type HttpResponse,
  type RequestBody,
} from '@halyard/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compressBody, type DecodeOptions, type RequestCoding } from '../../src/decode/index.ts'
import { CompressedBody } from '../../src/decode/compress-body.ts'
import { ChunkedBody, collect, decodedBody, decodeStream, send } from './kit/answers.ts'
import { sampleText } from './kit/codings.ts'
import { eventLoopTurns } from './kit/turns.ts'

const codings: readonly RequestCoding[] = ['gzip', 'br', 'zstd']
const text = sampleText(5000)

const unpack = {
  gzip: (bytes: Uint8Array) => zlib.gunzipSync(bytes),
  br: (bytes: Uint8Array) => zlib.brotliDecompressSync(bytes),
  zstd: (bytes: Uint8Array) => zlib.zstdDecompressSync(bytes),
}

async function contentOf(body: RequestBody): Promise<Uint8Array> {
  const opened = body.open()
  return opened instanceof Uint8Array ? opened : await collect(opened)
}

async function* chunks(...parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield await Promise.resolve(part)
}

describe.each(codings)('%s', (coding) => {
  test('bytes in memory keep a length, and can be sent again', async () => {
    const body = compressBody(bytesBody(text, 'text/x'), coding)
    expect(body).toMatchObject({ contentType: 'text/x', replayable: true })
    const content = await contentOf(body)
    expect(body.length).toBe(content.byteLength)
    expect(content.byteLength).toBeLessThan(2500)
    expect(Buffer.compare(unpack[coding](content), text)).toBe(0)
    expect(await contentOf(body)).toEqual(content)
  })

  test('many bytes in memory are compressed as they are sent', async () => {
    const large = sampleText(1_000_000)
    const body = compressBody(bytesBody(large), coding)
    expect(body).toMatchObject({ length: undefined, replayable: true })
    for (let attempt = 0; attempt < 2; attempt += 1) {
      expect(Buffer.compare(unpack[coding](await contentOf(body)), large)).toBe(0)
    }
  })

  test('a stream is sent once, a factory as often as need be, each opened once an attempt', async () => {
    const once = compressBody(streamBody(chunks(text), { length: 5000 }), coding)
    expect(once).toMatchObject({ length: undefined, replayable: false })
    expect(Buffer.compare(unpack[coding](await contentOf(once)), text)).toBe(0)
    expect(() => once.open()).toThrow('was sent already')
    for (const length of [undefined, 5000]) {
      let opened = 0
      const open = (): AsyncIterable<Uint8Array> => {
        opened += 1
        return chunks(text.subarray(0, 1000), new Uint8Array(), text.subarray(1000))
      }
      const again = compressBody(factoryBody(open, { length }), coding)
      expect(again).toMatchObject({ length: undefined, replayable: true })
      for (let attempt = 1; attempt <= 3; attempt += 1) {
        expect(Buffer.compare(unpack[coding](await contentOf(again)), text)).toBe(0)
        expect(opened).toBe(attempt)
      }
    }
  })

  test('a body without a byte stays one without a byte', async () => {
    expect(await contentOf(compressBody(streamBody(chunks()), coding))).toHaveLength(0)
  })

  test('what is compressed is decoded again', async () => {
    const parts = fc.array(fc.uint8Array({ maxLength: 3000 }), { minLength: 1, maxLength: 8 })
    const property = fc.asyncProperty(parts, fc.integer({ min: 1, max: 500 }), async (all, size) => {
      const plain = Buffer.concat(all)
      const streamed = await contentOf(compressBody(streamBody(chunks(...all)), coding))
      const whole = await contentOf(compressBody(bytesBody(plain), coding))
      for (const encoded of [streamed, whole]) {
        const slices: Uint8Array[] = []
        for (let at = 0; at < encoded.byteLength; at += size) slices.push(encoded.subarray(at, at + size))
        expect(Buffer.compare(await decodeStream(coding, slices), plain)).toBe(0)
        const body = await decodedBody(coding, new MemoryBody(encoded))
        expect(Buffer.compare(await body.bytes(), plain)).toBe(0)
      }
    })
    await fc.assert(property, { numRuns: 60 })
  })

  test('leaving stops the source, while a chunk is awaited, too', async () => {
    for (const given of [[], [text]]) {
      const source = new ChunkedBody(given, 'never')
      const opened = compressBody(streamBody(source.stream()), coding).open()
      if (opened instanceof Uint8Array) throw new Error('not a stream')
      const iterator = opened[Symbol.asyncIterator]()
      const pending = iterator.next()
      await eventLoopTurns(5)
      const left = iterator.return?.()
      expect(source.left).toBe(true)
      await left
      // A head may have been given out.
      await pending
      expect((await iterator.next()).done).toBe(true)
    }
  })

  test('the source is not read while nobody asks', async () => {
    const source = new ChunkedBody(Array.from({ length: 1000 }, () => crypto.getRandomValues(new Uint8Array(10_000))))
    const opened = compressBody(streamBody(source.stream()), coding).open()
    if (opened instanceof Uint8Array) throw new Error('not a stream')
    const iterator = opened[Symbol.asyncIterator]()
    await eventLoopTurns(20)
    expect(source.pulls).toBe(0)
    await iterator.next()
    await eventLoopTurns(50)
    const { pulls } = source
    await eventLoopTurns(50)
    expect(source.pulls).toBe(pulls)
    expect(pulls).toBeLessThan(250)
    await iterator.return?.()
  })

  test('a failure of the source comes through, and what is no bytes is refused', async () => {
    const failure = new Error('the file is gone')
    const failing = compressBody(streamBody(new ChunkedBody([text], failure).stream()), coding)
    await expect(contentOf(failing)).rejects.toBe(failure)
    const source = new ChunkedBody(['text' as never], 'never')
    await expect(contentOf(compressBody(streamBody(source.stream()), coding))).rejects.toThrow('must be Uint8Array')
    expect(source.left).toBe(true)
  })
})

describe('requests', () => {
  function post(body: RequestBody | undefined, headers: Record<string, string> = {}): HttpRequest {
    return httpRequest({
      method: 'POST',
      origin: 'http://decode.test',
      path: '/',
      headers: headerList({ 'accept-encoding': 'gzip', ...headers }),
      body,
    })
  }

  async function sent(
    asked: HttpRequest,
    options: DecodeOptions = { request: 'gzip' },
    callOptions: Readonly<Record<string, unknown>> = {},
  ): Promise<HttpRequest> {
    let seen = asked
    const next = (passed: HttpRequest): Promise<HttpResponse> => {
      seen = passed
      return Promise.resolve(respond())
    }
    await send(next, options, asked, newCall(callOptions))
    return seen
  }

  test.each(codings)('%s', async (coding) => {
    const asked = post(textBody(text.toString()), { 'content-length': '5000' })
    const compressed = await sent(asked, { request: coding })
    expect(compressed.headers.get('content-encoding')).toBe(coding)
    expect(compressed.headers.has('content-length')).toBe(false)
    expect(compressed.body?.contentType).toBe('text/plain; charset=utf-8')
    if (compressed.body === undefined) throw new Error('no body')
    expect(Buffer.compare(unpack[coding](await contentOf(compressed.body)), text)).toBe(0)
  })

  test.each<[string, HttpRequest, DecodeOptions]>([
    ['there is no body', post(undefined), { request: 'gzip' }],
    ['it is not asked for', post(bytesBody(text)), {}],
    ['it is short', post(bytesBody(text.subarray(0, 1023))), { request: 'gzip' }],
    ['it would grow', post(bytesBody(crypto.getRandomValues(new Uint8Array(2000)))), { request: 'gzip' }],
    ['it has a coding', post(bytesBody(text), { 'Content-Encoding': 'br' }), { request: 'gzip' }],
    ['it has a digest', post(bytesBody(text), { 'content-digest': 'sha-256=:x:' }), { request: 'gzip' }],
    ['it is a part', post(bytesBody(text), { 'content-range': 'bytes 0-4999/6000' }), { request: 'gzip' }],
  ])('a body is sent as it is where %s', async (_name, asked, options) => {
    const passed = await sent(asked, { accept: ['gzip'], ...options })
    expect(passed.body).toBe(asked.body)
    expect(passed.headers.get('content-encoding')).toBe(asked.headers.get('content-encoding'))
  })

  test('by call', async () => {
    const asked = post(bytesBody(text))
    expect((await sent(asked, {}, { compression: { request: 'br' } })).headers.get('content-encoding')).toBe('br')
    expect((await sent(asked, {}, { compression: { request: false } })).body).toBe(asked.body)
    expect((await sent(asked, { request: 'gzip' }, { compression: { request: false } })).body).toBe(asked.body)
  })

  test('a body that was looked at and never sent is let go', async () => {
    for (const outcome of ['answered', 'failed'] as const) {
      const source = new ChunkedBody([text], 'never')
      const failure = new Error('no connection')
      const asked = post(factoryBody(() => source.stream(), { length: 5000 }))
      const sending = send(
        () => (outcome === 'failed' ? Promise.reject(failure) : Promise.resolve(respond())),
        { request: 'gzip' },
        asked,
      )
      if (outcome === 'failed') await expect(sending).rejects.toBe(failure)
      else await sending
      expect([source.left, source.pulls]).toEqual([true, 0])
    }
  })

  test('one that was sent is not', async () => {
    const source = new ChunkedBody([text])
    const asked = post(factoryBody(() => source.stream(), { length: 5000 }))
    const next = async (passed: HttpRequest): Promise<HttpResponse> => {
      expect(passed.body).toBeInstanceOf(CompressedBody)
      if (passed.body !== undefined) await contentOf(passed.body)
      return respond()
    }
    await send(next, { request: 'gzip' }, asked)
    expect([source.left, source.ended]).toEqual([false, true])
  })
})
