import {
  BodyError,
  bytesBody,
  createPipeline,
  factoryBody,
  respond,
  streamBody,
  type HttpRequest,
  type Middleware,
  type RequestBody,
} from '@halyard/core'
import { fakeClock, mockTransport } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { transfer, type TransferProgress } from '../../src/transfer/index.ts'
import { bodyKinds, someBytes, someChunks, WatchedSource } from './kit/bodies.ts'
import { bytesTold, expectWhole, recorder } from './kit/told.ts'
import { opened, scripted } from './kit/transports.ts'

const url = 'http://localhost/file'

describe.each(bodyKinds)('$kind', ({ make, bytes }) => {
  test('is counted whole, and arrives as it is', async () => {
    const transport = mockTransport({})
    const api = createPipeline({ transport, use: [transfer()] })
    const { told, listen } = recorder()
    await api.request('PUT', url, { body: make(), onUploadProgress: listen })
    const sent = transport.requests[0]?.body
    expect(sent?.byteLength).toBe(bytes)
    if (bytes === someBytes) expect(Buffer.compare(sent ?? Buffer.alloc(0), Buffer.concat(someChunks()))).toBe(0)
    expectWhole(told, bytes, 65_536)
  })

  test('keeps its facts', async () => {
    let seen: RequestBody | undefined
    const transport = scripted(({ body }) => {
      seen = body
      return respond()
    })
    const api = createPipeline({ transport, use: [transfer()] })
    const { contentType, length, replayable } = make()
    await api.request('PUT', url, { body: make(), onUploadProgress: () => undefined })
    expect(seen).toMatchObject({ contentType, length, replayable })
  })
})

test('a request without a body tells nothing', async () => {
  const { told, listen } = recorder()
  const api = createPipeline({ transport: mockTransport({}), use: [transfer()] })
  await api.get(url, { onUploadProgress: listen, rateBytesPerSecond: { up: 1 }, chunking: 'always' })
  expect(told).toEqual([])
})

test('a slice counts when the next one is asked for', async () => {
  const { told, listen } = recorder()
  const transport = scripted(async ({ body }) => {
    const chunks = opened(body)
    expect(told).toEqual([])
    await chunks.next()
    expect(bytesTold(told)).toEqual([0])
    await chunks.next()
    expect(bytesTold(told)).toEqual([0, 65_536])
    expect((await chunks.next()).done).toBe(true)
    expect(bytesTold(told)).toEqual([0, 65_536, 70_000])
    expect((await chunks.next()).done).toBe(true)
    return respond()
  })
  const api = createPipeline({ transport, use: [transfer()] })
  await api.request('PUT', url, { body: new Uint8Array(70_000), onUploadProgress: listen })
  expect(told).toHaveLength(3)
})

test('a length in the header is the total of a body that has none', async () => {
  const { told, listen } = recorder()
  const api = createPipeline({ transport: mockTransport({}), use: [transfer()] })
  const body = streamBody(new WatchedSource([new Uint8Array(3)]))
  await api.request('PUT', url, { body, headers: { 'content-length': '3' }, onUploadProgress: listen })
  expect(told.map(({ totalBytes }) => totalBytes)).toEqual([3, 3])
})

describe('again', () => {
  test('a body that the transport opens twice starts anew at 0', async () => {
    const { told, listen } = recorder()
    const sources: WatchedSource[] = []
    const transport = scripted(async ({ body }) => {
      const cut = opened(body)
      await cut.next()
      await cut.next()
      await cut.return?.()
      for await (const _chunk of { [Symbol.asyncIterator]: () => opened(body) });
      // The one that was left says nothing more.
      expect((await cut.next()).done).toBe(true)
      return respond()
    })
    const api = createPipeline({ transport, use: [transfer()] })
    const body = factoryBody(() => {
      const source = new WatchedSource([new Uint8Array(5), new Uint8Array(6)])
      sources.push(source)
      return source
    })
    await api.request('PUT', url, { body, onUploadProgress: listen })
    expect(bytesTold(told)).toEqual([0, 5, 0, 5, 11, 11])
    expect(told.every(({ attempt }) => attempt === 0)).toBe(true)
    expect(sources.map(({ left }) => left)).toEqual([1, 0])
  })

  test('each attempt starts anew, under its number', async () => {
    const again: Middleware = {
      name: 'again',
      wrap: (next) => async (request, call) => {
        const first = await next(request, call)
        await first.body.discard()
        return await next(request, call.fork({ attempt: 1 }))
      },
    }
    const { told, listen } = recorder()
    const api = createPipeline({ transport: mockTransport([{ status: 503 }, {}]), use: [again, transfer()] })
    await api.request('PUT', url, { body: 'abc', onUploadProgress: listen })
    expect(told.map(({ attempt, transferredBytes }) => [attempt, transferredBytes])).toEqual([
      [0, 0],
      [0, 3],
      [1, 0],
      [1, 3],
    ])
  })
})

describe('a listener that throws', () => {
  const failure = new TypeError('no such bar')
  /** Throws the nth time it is told. */
  const failing = (nth: number): ((progress: TransferProgress) => void) => {
    let calls = 0
    return () => {
      if (calls === nth) throw failure
      calls += 1
    }
  }
  /** As a transport does: the source of the body has failed. */
  const wrapping = scripted(async ({ body }: HttpRequest) => {
    try {
      for await (const _chunk of { [Symbol.asyncIterator]: () => opened(body) });
    } catch (cause) {
      throw new BodyError('the body failed', { code: 'encode', sent: 'maybe', target: 'PUT /', cause })
    }
    return respond()
  })

  test.each([0, 1, 2, 3])('fails the call with what it threw, the %ith time, and stops the source', async (nth) => {
    const source = new WatchedSource([new Uint8Array(5), new Uint8Array(6)])
    const api = createPipeline({ transport: wrapping, use: [transfer()] })
    const sent = api.request('PUT', url, { body: streamBody(source), onUploadProgress: failing(nth) })
    await expect(sent).rejects.toBe(failure)
    // The last time is at the end of the source, which there is nothing of to stop.
    expect(source.left).toBe(nth === 3 ? 0 : 1)
  })

  test('an error of the source is the transport’s to tell', async () => {
    const broken = new Error('the disk is gone')
    const body = factoryBody(() => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(broken) }) }))
    const api = createPipeline({ transport: wrapping, use: [transfer()] })
    await expect(api.request('PUT', url, { body, onUploadProgress: () => undefined })).rejects.toMatchObject({
      code: 'encode',
      cause: broken,
    })
  })
})

describe('braked', () => {
  test.each([
    ['bytes', () => bytesBody(new Uint8Array(100_000))],
    [
      'a stream of small chunks',
      () => streamBody(new WatchedSource(Array.from({ length: 1_000 }, () => new Uint8Array(100)))),
    ],
  ])('%s go at the rate', async (_name, make) => {
    const clock = fakeClock()
    const transport = mockTransport({})
    const api = createPipeline({ transport, use: [transfer()], clock })
    const { told, listen } = recorder()
    const sent = api.request('PUT', url, {
      body: make(),
      rateBytesPerSecond: { up: 10_000, down: 1 },
      onUploadProgress: listen,
    })
    await clock.runAll()
    await sent
    expect(clock.now()).toBeCloseTo(9_875, 6)
    expectWhole(told, 100_000, 1_250)
    expect(told.at(-1)?.bytesPerSecond).toBeCloseTo(10_000, 0)
  })

  test('a transport that leaves while a slice waits leaves the source and the timer', async () => {
    const clock = fakeClock()
    const source = new WatchedSource([new Uint8Array(1_000)])
    const transport = scripted(async ({ body }) => {
      const chunks = opened(body)
      await chunks.next()
      const waiting = chunks.next()
      expect(clock.pending).toBe(1)
      await chunks.return?.()
      expect((await waiting).done).toBe(true)
      return respond()
    })
    const api = createPipeline({ transport, use: [transfer()], clock })
    await api.request('PUT', url, { body: streamBody(source), rateBytesPerSecond: { up: 1_000 } })
    expect([clock.pending, source.left]).toEqual([0, 1])
  })
})

test('leaving while the source is awaited stops it at once', async () => {
  const source = new WatchedSource([], true)
  const { told, listen } = recorder()
  const transport = scripted(async ({ body }) => {
    const chunks = opened(body)
    const waiting = chunks.next()
    await chunks.return?.()
    expect((await waiting).done).toBe(true)
    return respond()
  })
  const api = createPipeline({ transport, use: [transfer()] })
  await api.request('PUT', url, { body: streamBody(source), onUploadProgress: listen })
  expect(source.left).toBe(1)
  expect(bytesTold(told)).toEqual([0])
})
