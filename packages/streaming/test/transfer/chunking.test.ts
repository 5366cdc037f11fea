import {
  BodyError,
  createPipeline,
  factoryBody,
  httpRequest,
  newCall,
  noHeaders,
  respond,
  streamBody,
  type HttpRequest,
  type Middleware,
} from '@halyard/core'
import { abortListeners, fakeClock, fakeRuntime, mockTransport } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { transfer, type TransferOptions } from '../../src/transfer/index.ts'
import { bodyKinds, someBytes, someChunks, WatchedSource } from './kit/bodies.ts'
import { expectWhole, recorder } from './kit/told.ts'
import { scripted } from './kit/transports.ts'

const url = 'http://localhost/file?token=hush'

/** The request as the transport got it. */
function seeing(options: TransferOptions = {}) {
  const requests: HttpRequest[] = []
  const transport = scripted((request) => {
    requests.push(request)
    return respond()
  })
  return { requests, api: createPipeline({ transport, use: [transfer(options)] }) }
}

describe("'always'", () => {
  test.each(bodyKinds)('hides the length of $kind, and sends all of it', async ({ make, bytes }) => {
    const { requests, api } = seeing()
    const mock = mockTransport({})
    const whole = createPipeline({ transport: mock, use: [transfer()] })
    const { told, listen } = recorder()
    await api.request('PUT', url, { body: make(), chunking: 'always' })
    await whole.request('PUT', url, { body: make(), chunking: 'always', onUploadProgress: listen })
    expect(requests[0]?.body?.length).toBeUndefined()
    // Of bytes, a transport would tell the length.
    expect(requests[0]?.body?.open()).not.toBeInstanceOf(Uint8Array)
    expect(mock.requests[0]?.body?.byteLength).toBe(bytes)
    expectWhole(told, bytes)
  })

  test('takes the length off the headers', async () => {
    const { requests, api } = seeing()
    await api.request('PUT', url, {
      body: 'abc',
      headers: { 'Content-Length': '3', 'x-a': '1' },
      chunking: 'always',
    })
    expect(requests[0]?.headers.has('content-length')).toBe(false)
    expect(requests[0]?.headers.get('x-a')).toBe('1')
  })

  test('the total that nobody is told is known to the listener', async () => {
    const { told, listen } = recorder()
    const api = createPipeline({ transport: mockTransport({}), use: [transfer()] })
    await api.request('PUT', url, { body: 'abc', chunking: 'always', onUploadProgress: listen })
    expect(told.map(({ totalBytes }) => totalBytes)).toEqual([3, 3])
  })

  test('of the client is what a call can change', async () => {
    const { requests, api } = seeing({ chunking: 'always' })
    await api.request('PUT', url, { body: 'abc' })
    await api.request('PUT', url, { body: 'abc', chunking: 'auto' })
    await api.get(url)
    expect(requests.map(({ body }) => body?.length)).toEqual([undefined, 3, undefined])
  })
})

describe("'never'", () => {
  test.each(bodyKinds)('tells the length of $kind', async ({ make, bytes }) => {
    const { requests, api } = seeing({ chunking: 'never' })
    const { told, listen } = recorder()
    const mock = mockTransport({})
    await api.request('PUT', url, { body: make() })
    expect(requests[0]?.body?.length).toBe(bytes)
    const counted = createPipeline({ transport: mock, use: [transfer({ chunking: 'never' })] })
    await counted.request('PUT', url, { body: make(), onUploadProgress: listen })
    expectWhole(told, bytes, 65_536)
    expect(told[0]?.totalBytes).toBe(bytes)
    if (bytes === someBytes)
      expect(Buffer.concat(someChunks()).equals(mock.requests[0]?.body ?? Buffer.alloc(0))).toBe(true)
  })

  test('reads nothing whose length is known, from the body or the header', async () => {
    const { requests, api } = seeing({ chunking: 'never', maxBufferedBytes: 1 })
    const body = streamBody(new WatchedSource([]), { length: 5 })
    const other = streamBody(new WatchedSource([]))
    await api.request('PUT', url, { body })
    await api.request('PUT', url, { body: other, headers: { 'content-length': '5' } })
    expect(requests.map((request) => request.body)).toEqual([body, other])
  })

  test('a body that was read can be sent again, and has the type that it had', async () => {
    const { requests, api } = seeing()
    const body = streamBody(new WatchedSource([new Uint8Array(3)]), { contentType: 'image/png' })
    await api.request('PUT', url, { body, chunking: 'never' })
    expect(requests[0]?.body).toMatchObject({ length: 3, replayable: true, contentType: 'image/png' })
  })

  test('more than the limit is refused before anything is sent, and the source is stopped', async () => {
    const { requests, api } = seeing({ chunking: 'never', maxBufferedBytes: 10 })
    const source = new WatchedSource([new Uint8Array(10), new Uint8Array(1), new Uint8Array(1)])
    const sent = api.request('PUT', url, { body: streamBody(source) })
    await expect(sent).rejects.toMatchObject({
      code: 'too-large',
      sent: 'no',
      message: `PUT http://localhost/file: the request body is more than maxBufferedBytes, 10 bytes, and chunking is 'never'`,
    })
    expect([requests.length, source.left]).toEqual([0, 1])
    await api.request('PUT', url, { body: streamBody(new WatchedSource([new Uint8Array(10)])) })
    expect(requests).toHaveLength(1)
    // A body of bytes that does not say how many.
    const bytes = { contentType: undefined, length: undefined, replayable: true, open: () => new Uint8Array(11) }
    await expect(api.request('PUT', url, { body: bytes })).rejects.toMatchObject({ code: 'too-large' })
  })

  test('a source that fails, or is none, is a typed error', async () => {
    const { requests, api } = seeing({ chunking: 'never' })
    const broken = new Error('the disk is gone')
    const failing = factoryBody(() => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(broken) }) }))
    await expect(api.request('PUT', url, { body: failing })).rejects.toMatchObject({
      code: 'encode',
      sent: 'no',
      cause: broken,
      message: 'PUT http://localhost/file: the request body failed while it was read (the disk is gone)',
    })
    const once = streamBody(new WatchedSource([]))
    await api.request('PUT', url, { body: once })
    await expect(api.request('PUT', url, { body: once })).rejects.toMatchObject({ code: 'not-replayable', sent: 'no' })
    const unopenable = factoryBody(() => {
      throw broken
    })
    await expect(api.request('PUT', url, { body: unopenable })).rejects.toMatchObject({ code: 'encode', cause: broken })
    // As code without types gives it.
    const text = streamBody(JSON.parse('{}'))
    Object.defineProperty(text, 'open', { value: () => ReadableStream.from(['text']) })
    await expect(api.request('PUT', url, { body: text })).rejects.toMatchObject({
      code: 'encode',
      message:
        'PUT http://localhost/file: the request body failed while it was read (chunks must be Uint8Array, got string)',
    })
    // One of ours is not wrapped.
    const typed = new BodyError('PUT /: cat.jpg: ENOENT', { code: 'file', sent: 'no', target: 'PUT /' })
    const file = factoryBody(() => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(typed) }) }))
    await expect(api.request('PUT', url, { body: file })).rejects.toBe(typed)
    expect(requests).toHaveLength(1)
  })

  test('a call that is aborted meanwhile sends nothing, stops the source and leaves no listener', async () => {
    const { requests, api } = seeing({ chunking: 'never' })
    const source = new WatchedSource([new Uint8Array(3)], true)
    const controller = new AbortController()
    const sent = api.request('PUT', url, { body: streamBody(source), signal: controller.signal })
    await Promise.resolve()
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(sent).rejects.toMatchObject({ code: 'aborted', sent: 'no', cause: reason })
    expect([requests.length, source.left, abortListeners(controller.signal)]).toEqual([0, 1, 0])
  })

  test('a call that was aborted before opens nothing', async () => {
    const { requests, api } = seeing({ chunking: 'never' })
    let opens = 0
    const body = factoryBody(() => {
      opens += 1
      return new WatchedSource([])
    })
    const sent = api.request('PUT', url, { body, signal: AbortSignal.abort() })
    await expect(sent).rejects.toMatchObject({ code: 'aborted', sent: 'no' })
    expect([requests.length, opens]).toEqual([0, 0])
  })

  test('the time of the call is kept, also where it is moved meanwhile', async () => {
    await using runtime = fakeRuntime()
    const { clock } = runtime
    const source = new WatchedSource([new Uint8Array(3)], true)
    const handler = transfer({ chunking: 'never' }).wrap(() => Promise.resolve(respond()), runtime)
    const request = httpRequest({
      method: 'PUT',
      origin: 'http://localhost',
      path: '/file',
      headers: noHeaders,
      body: streamBody(source),
    })
    const call = newCall().fork()
    call.deadlineAt = 1_000
    call.deadlineMs = 1_000
    let failure: unknown
    void handler(request, call).catch((error: unknown) => void (failure = error))
    await clock.advance(500)
    call.deadlineAt = 3_000
    call.deadlineMs = 3_000
    await clock.advance(2_499)
    expect(failure).toBeUndefined()
    await clock.advance(1)
    expect(failure).toMatchObject({ code: 'timeout', phase: 'total', limitMs: 3_000, sent: 'no' })
    expect([clock.pending, source.left]).toEqual([0, 1])
  })

  test('a time that is lifted does not end it', async () => {
    await using runtime = fakeRuntime()
    const { clock } = runtime
    const first = Promise.withResolvers<Uint8Array>()
    async function* late(): AsyncGenerator<Uint8Array, void, undefined> {
      yield await first.promise
    }
    let length: number | undefined
    const handler = transfer({ chunking: 'never' }).wrap(({ body }) => {
      length = body?.length
      return Promise.resolve(respond())
    }, runtime)
    const parts = { method: 'PUT', origin: 'http://localhost', path: '/', headers: noHeaders }
    const call = newCall().fork()
    call.deadlineAt = 1_000
    const sent = handler(httpRequest({ ...parts, body: factoryBody(late) }), call)
    await clock.advance(500)
    call.deadlineAt = undefined
    await clock.advance(60_000)
    first.resolve(new Uint8Array(4))
    await sent
    expect([length, clock.pending]).toEqual([4, 0])
  })

  test('each attempt reads a body anew that can be opened anew', async () => {
    let opens = 0
    const body = factoryBody(() => {
      opens += 1
      return new WatchedSource([new Uint8Array(3)])
    })
    const twice: Middleware = {
      name: 'twice',
      wrap: (next) => async (request, call) => {
        await (await next(request, call)).body.discard()
        return await next(request, call.fork({ attempt: 1 }))
      },
    }
    const mock = mockTransport({})
    const api = createPipeline({ transport: mock, use: [twice, transfer({ chunking: 'never' })] })
    await api.request('PUT', url, { body })
    expect([opens, mock.requests.map((request) => request.body?.byteLength)]).toEqual([2, [3, 3]])
  })

  test('a clock that nobody asks has no timer left', async () => {
    const clock = fakeClock()
    const api = createPipeline({ transport: mockTransport({}), use: [transfer({ chunking: 'never' })], clock })
    await api.request('PUT', url, { body: streamBody(new WatchedSource([new Uint8Array(3)])) })
    expect(clock.pending).toBe(0)
  })
})
