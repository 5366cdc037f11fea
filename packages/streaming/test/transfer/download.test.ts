import {
  CallContext,
  createPipeline,
  respond,
  type HttpResponse,
  type Middleware,
  type PipelineCallOptions,
} from '@halyard/core'
import { abortListeners, fakeClock, mockTransport } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { transfer, type TransferCallOptions, type TransferOptions } from '../../src/transfer/index.ts'
import { someBytes, someChunks, WatchedSource } from './kit/bodies.ts'
import { bytesTold, expectWhole, recorder } from './kit/told.ts'
import { chunkedResponse, ChunkedBody, scripted } from './kit/transports.ts'

const url = 'http://localhost/file?token=hush'

function receiving(chunks: readonly Uint8Array[], headers: Record<string, string> = {}, hangs = false) {
  const body = new ChunkedBody(new WatchedSource(chunks, hangs))
  const clock = fakeClock()
  const transport = scripted(() => chunkedResponse(body, headers))
  return {
    body,
    clock,
    get: (options: PipelineCallOptions & Partial<TransferCallOptions>, made: TransferOptions = {}) =>
      createPipeline({ transport, use: [transfer(made)], clock }).get(url, options),
  }
}

async function readAll({ body }: HttpResponse): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body.stream()) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const length = { 'content-length': String(someBytes) }

describe('counted', () => {
  test.each([
    ['stream(), known length', length, readAll],
    ['stream(), unknown length', {}, readAll],
    ['bytes(), known length', length, ({ body }: HttpResponse) => body.bytes()],
    ['bytes(), unknown length', {}, ({ body }: HttpResponse) => body.bytes()],
  ])('%s', async (_name, headers, read) => {
    const { told, listen } = recorder()
    const { get } = receiving(someChunks(), headers)
    const response = await get({ onDownloadProgress: listen })
    expect(told).toEqual([])
    const bytes = await read(response)
    expect(Buffer.concat(someChunks()).equals(bytes)).toBe(true)
    expectWhole(told, someBytes)
    expect(told[0]?.totalBytes).toBe(headers === length ? someBytes : undefined)
  })

  test('what is here already is counted at once', async () => {
    const { told, listen } = recorder()
    const transport = mockTransport({ body: 'abc', headers: { 'content-length': '3' } })
    const api = createPipeline({ transport, use: [transfer()] })
    const { body } = await api.get(url, { onDownloadProgress: listen })
    expect(Buffer.from(body.takeBuffered?.() ?? []).toString()).toBe('abc')
    expect(bytesTold(told)).toEqual([0, 3])
    expect(body.takeBuffered?.()).toBeUndefined()
    await expect(body.bytes()).rejects.toMatchObject({ code: 'decode' })
    expect(told).toHaveLength(2)
  })

  test.each(['stream', 'bytes', 'discard'] as const)('nothing can be taken after %s()', async (how) => {
    const api = createPipeline({ transport: mockTransport({ body: 'abc' }), use: [transfer()] })
    const { body } = await api.get(url, { onDownloadProgress: () => undefined })
    if (how === 'stream') for await (const _chunk of body.stream());
    else await body[how]()
    expect(body.takeBuffered?.()).toBeUndefined()
    expect(() => body.stream()).toThrow(`the body was read or discarded already`)
  })

  test.each([
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
  ])('the length in the answer to %s, %i, is not that of its body', async (method, status) => {
    const { told, listen } = recorder()
    const transport = mockTransport({ status, headers: { 'content-length': '99' } })
    const api = createPipeline({ transport, use: [transfer()] })
    const { body } = await api.request(method, url, { onDownloadProgress: listen })
    expect((await body.bytes()).byteLength).toBe(0)
    expect(told).toMatchObject([{ transferredBytes: 0, totalBytes: 0, ratio: 1 }])
  })

  test.each(['-1', 'abc', '1, 1', '1e3', '9'.repeat(30)])('a length of %s is none', async (value) => {
    const { told, listen } = recorder()
    const { get } = receiving([new Uint8Array(2)], { 'content-length': value })
    await (await get({ onDownloadProgress: listen })).body.bytes()
    expect(told.map(({ totalBytes }) => totalBytes)).toEqual([undefined, undefined, 2])
  })

  test('each attempt starts anew; a response that is dropped says nothing', async () => {
    const again: Middleware = {
      name: 'again',
      wrap: (next) => async (request, call) => {
        await (await next(request, call)).body.discard()
        return await next(request, call.fork({ attempt: 3 }))
      },
    }
    const { told, listen } = recorder()
    const transport = mockTransport([{ status: 503, body: 'later' }, { body: 'abc' }])
    const api = createPipeline({ transport, use: [again, transfer()] })
    await (await api.get(url, { onDownloadProgress: listen })).body.bytes()
    expect(told.map(({ attempt, transferredBytes }) => [attempt, transferredBytes])).toEqual([
      [3, 0],
      [3, 3],
      [3, 3],
    ])
    expect(transport.openBodies()).toBe(0)
  })

  test('all else of the response is as it was', async () => {
    const inner = respond({
      status: 418,
      statusText: 'Teapot',
      headers: { 'x-a': '1' },
      body: 'abc',
      url: 'http://localhost/other',
    })
    const api = createPipeline({ transport: scripted(() => inner), use: [transfer()] })
    const response = await api.get(url, { onDownloadProgress: () => undefined })
    const { status, statusText, httpVersion } = inner
    expect(response).toMatchObject({ status, statusText, httpVersion })
    expect(response.headers).toBe(inner.headers)
    expect(response.url.href).toBe('http://localhost/other')
    expect(await response.trailers()).toBe(await inner.trailers())
    let settled = 0
    response.body.onSettled(() => void (settled += 1))
    await response.body[Symbol.asyncDispose]()
    expect(settled).toBe(1)
  })
})

describe('limits', () => {
  test.each([
    ['limits.bodyBytes of the call', { limits: { bodyBytes: 9 } }, {}, 9],
    ['maxBufferedBytes', {}, { maxBufferedBytes: 8 }, 8],
    ['the call’s goes before', { limits: { bodyBytes: 9 } }, { maxBufferedBytes: 1 }, 9],
  ])('%s', async (_name, own, made, limit) => {
    for (const isMore of [false, true]) {
      const { body, get } = receiving([new Uint8Array(limit), new Uint8Array(isMore ? 1 : 0)])
      const options = { onDownloadProgress: () => undefined, ...own }
      const reading = get(options, made).then((response) => response.body.bytes())
      if (isMore) {
        await expect(reading).rejects.toMatchObject({ code: 'too-large', sent: 'yes', receivedBytes: limit + 1 })
        expect(body.left).toBe(1)
      } else expect((await reading).byteLength).toBe(limit)
    }
  })

  test('streams are not bounded by them', async () => {
    const { get } = receiving(someChunks())
    const response = await get({ onDownloadProgress: () => undefined }, { maxBufferedBytes: 1 })
    expect((await readAll(response)).byteLength).toBe(someBytes)
  })
})

describe('a listener that throws', () => {
  const failure = new TypeError('no such bar')

  test.each([0, 1, 2, 3])('fails the reading with what it threw, the %ith time, and leaves the body', async (nth) => {
    for (const read of [readAll, ({ body }: HttpResponse) => body.bytes()]) {
      let calls = 0
      const { body, get } = receiving([new Uint8Array(5), new Uint8Array(6)])
      const response = await get({
        onDownloadProgress: () => {
          if (calls === nth) throw failure
          calls += 1
        },
      })
      await expect(read(response)).rejects.toBe(failure)
      // The last time, the body has ended by itself.
      expect(body.left).toBe(nth === 3 ? 0 : 1)
    }
  })

  test('also where all is here already', async () => {
    const api = createPipeline({ transport: mockTransport({ body: 'abc' }), use: [transfer()] })
    const { body } = await api.get(url, {
      onDownloadProgress: () => {
        throw failure
      },
    })
    expect(() => body.takeBuffered?.()).toThrow(failure)
  })
})

describe('leaving', () => {
  test('the loop leaves the body, once', async () => {
    const { told, listen } = recorder()
    const { body, get } = receiving(someChunks())
    for await (const _chunk of (await get({ onDownloadProgress: listen })).body.stream()) break
    expect(body.left).toBe(1)
    expect(bytesTold(told)).toEqual([0, 1])
  })

  test('while a chunk is awaited leaves the body at once', async () => {
    const { body, get } = receiving([], {}, true)
    const response = await get({ onDownloadProgress: () => undefined, rateBytesPerSecond: { down: 5 } })
    const chunks = response.body.stream()[Symbol.asyncIterator]()
    void chunks.next()
    await chunks.return?.()
    expect(body.left).toBe(1)
  })

  test('discard() reaches the body', async () => {
    const { body, get } = receiving(someChunks())
    await (await get({ onDownloadProgress: () => undefined })).body.discard()
    expect(body.discarded).toBe(1)
  })
})

describe('braked', () => {
  test.each([
    ['stream()', readAll],
    ['bytes()', ({ body }: HttpResponse) => body.bytes()],
  ])('%s goes at the rate', async (_name, read) => {
    const { told, listen } = recorder()
    const { clock, get } = receiving(someChunks(), length)
    const response = await get({ onDownloadProgress: listen, rateBytesPerSecond: { down: 100_000, up: 1 } })
    const reading = read(response)
    await clock.runAll()
    expect(Buffer.concat(someChunks()).equals(await reading)).toBe(true)
    expect(clock.now()).toBeCloseTo(someBytes / 100 - 125, 6)
    expectWhole(told, someBytes, 12_500)
  })

  test('what is here already is not taken past the brake', async () => {
    const clock = fakeClock()
    const transport = mockTransport({ body: 'a'.repeat(1_125) })
    const api = createPipeline({ transport, use: [transfer()], clock })
    const { body } = await api.get(url, { rateBytesPerSecond: { down: 1_000 } })
    expect(body.takeBuffered?.()).toBeUndefined()
    const reading = body.bytes()
    await clock.runAll()
    expect((await reading).byteLength).toBe(1_125)
    expect(clock.now()).toBe(1_000)
  })

  test('an abort is heard while a slice waits, also when the whole body has come', async () => {
    const { body, clock, get } = receiving([new Uint8Array(10_000)])
    const controller = new AbortController()
    const response = await get({ rateBytesPerSecond: { down: 100 }, signal: controller.signal })
    const reading = response.body.bytes().catch((failure: unknown) => failure)
    await clock.advance(1_000)
    controller.abort(new Error('enough'))
    expect(await reading).toMatchObject({
      code: 'aborted',
      sent: 'yes',
      message: 'GET http://localhost/file: aborted by the caller (Error)',
    })
    expect([clock.pending, body.left, abortListeners(controller.signal)]).toEqual([0, 1, 0])
  })

  test('a time limit is kept while a slice waits; one that is lifted is not', async () => {
    for (const isLifted of [false, true]) {
      const body = new ChunkedBody(new WatchedSource([new Uint8Array(1_000)]))
      const clock = fakeClock()
      let seen: CallContext | undefined
      const limited: Middleware = {
        name: 'limited',
        wrap: (next) => (request, call) => {
          if (call instanceof CallContext) seen = call
          if (seen !== undefined) [seen.deadlineAt, seen.deadlineMs] = [2_000, 2_000]
          return next(request, call)
        },
      }
      const transport = scripted(() => chunkedResponse(body))
      const api = createPipeline({ transport, use: [limited, transfer()], clock })
      const response = await api.get(url, { rateBytesPerSecond: { down: 100 } })
      const reading = response.body.bytes().catch((failure: unknown) => failure)
      await clock.advance(1_000)
      if (isLifted && seen !== undefined) seen.deadlineAt = undefined
      await clock.runAll()
      if (isLifted) expect(await reading).toHaveLength(1_000)
      else {
        expect(await reading).toMatchObject({ code: 'timeout', phase: 'total', limitMs: 2_000, sent: 'yes' })
        expect([clock.now(), body.left]).toEqual([2_000, 1])
      }
      expect(clock.pending).toBe(0)
    }
  })
})
