import { bytesBody, createPipeline, httpRequest, newCall, noHeaders, respond, type HttpHandler } from '@halyard/core'
import { checkMiddleware, fakeRuntime, mockTransport } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { transfer } from '../../src/transfer/index.ts'

const request = httpRequest({
  method: 'PUT',
  origin: 'http://localhost',
  path: '/file?secret=1',
  headers: noHeaders,
  body: bytesBody(new Uint8Array(10)),
})
const noop = (): void => undefined

describe('the contract', () => {
  test.each([
    ['without options', {}, {}],
    ['both listeners', {}, { onUploadProgress: noop, onDownloadProgress: noop }],
    ['both rates', {}, { rateBytesPerSecond: { up: 1_000, down: 1_000 } }],
    ['always', {}, { chunking: 'always' }],
    ['never, for every call', { chunking: 'never' }, {}],
    [
      'all of it',
      { chunking: 'always' },
      { onUploadProgress: noop, onDownloadProgress: noop, rateBytesPerSecond: { up: 1_000, down: 1_000 } },
    ],
  ] as const)('%s', async (_name, options, callOptions) => {
    await expect(checkMiddleware(() => transfer(options), { callOptions, request })).resolves.toBeUndefined()
  })
})

describe('a call that asks for nothing', () => {
  async function passes(options?: Record<string, unknown>): Promise<boolean> {
    await using runtime = fakeRuntime()
    const promise = Promise.resolve(respond({}))
    let same = false
    const call = newCall(options)
    const next: HttpHandler = (given, givenCall) => {
      same = given === request && givenCall === call
      return promise
    }
    return transfer().wrap(next, runtime)(request, call) === promise && same
  }

  test.each([
    ['no options', undefined],
    ['others', { limits: { bodyBytes: 3 }, timeout: 5 }],
    ['all undefined', { onUploadProgress: undefined, onDownloadProgress: undefined, chunking: undefined }],
    ['no rate', { rateBytesPerSecond: {} }],
    ['undefined rates', { rateBytesPerSecond: { up: undefined, down: undefined } }],
    ["chunking: 'auto'", { chunking: 'auto' }],
  ])('gets the very promise of next: %s', async (_name, options) => {
    expect(await passes(options)).toBe(true)
  })

  test.each([
    ['onUploadProgress', noop],
    ['onDownloadProgress', noop],
    ['rateBytesPerSecond', { up: 1, down: 1 }],
    ['chunking', 'always'],
    ['up', 1],
    ['down', 1],
    ['maxBufferedBytes', 1],
    ['bodyBytes', 1],
  ])('a polluted Object.prototype changes nothing: %s', async (name, value) => {
    Object.defineProperty(Object.prototype, name, { value, configurable: true, enumerable: false, writable: true })
    try {
      expect(await passes({})).toBe(true)
      expect(await passes({ rateBytesPerSecond: {} })).toBe(true)
      const transport = mockTransport({ body: '0123456789' })
      const api = createPipeline({ transport, use: [transfer()] })
      const response = await api.get('http://localhost/', { onDownloadProgress: noop })
      expect(Buffer.from(await response.body.bytes()).toString()).toBe('0123456789')
    } finally {
      Reflect.deleteProperty(Object.prototype, name)
    }
  })
})

describe('wrong options', () => {
  const faults: [Record<string, unknown>, string][] = [
    [{ onUploadProgress: 1 }, 'onUploadProgress: expected a function that takes the progress, got 1'],
    [{ onDownloadProgress: {} }, 'onDownloadProgress: expected a function that takes the progress, got an object'],
    [{ chunking: 'maybe' }, `chunking: expected 'auto' or 'always' or 'never', got "maybe"`],
    [{ rateBytesPerSecond: 5 }, 'rateBytesPerSecond: expected an object, got 5'],
    [{ rateBytesPerSecond: { up: 0 } }, 'rateBytesPerSecond.up: expected an integer of at least 1, got 0'],
    [{ rateBytesPerSecond: { down: 1.5 } }, 'rateBytesPerSecond.down: expected an integer of at least 1, got 1.5'],
    [
      { rateBytesPerSecond: { down: Infinity } },
      'rateBytesPerSecond.down: expected an integer of at least 1, got Infinity',
    ],
    [
      { rateBytesPerSecond: { upp: 1 } },
      `rateBytesPerSecond.upp: expected one of up, down, got "upp"; did you mean 'up'?`,
    ],
    [
      { onDownloadProgress: noop, limits: { bodyBytes: -1 } },
      'limits.bodyBytes: expected an integer of at least 0, got -1',
    ],
  ]

  test.each(faults)('of a call are told before anything is sent: %j', async (options, message) => {
    const transport = mockTransport({})
    const api = createPipeline({ transport, use: [transfer()] })
    await expect(api.request('PUT', 'http://localhost/', options)).rejects.toMatchObject({ code: 'config', message })
    expect(transport.requests).toHaveLength(0)
  })

  test('of the middleware are thrown where it is made', () => {
    expect(() => transfer(JSON.parse('{"chunking":"no"}'))).toThrow(
      `chunking: expected 'auto' or 'always' or 'never', got "no"`,
    )
    expect(() => transfer({ maxBufferedBytes: -1 })).toThrow(
      'maxBufferedBytes: expected an integer of at least 0, got -1',
    )
    expect(() => transfer(JSON.parse('{"chunkin":"auto"}'))).toThrow("did you mean 'chunking'?")
  })

  test('they are rejections for whoever calls the handler itself', async () => {
    await using runtime = fakeRuntime()
    const handler = transfer().wrap(() => Promise.resolve(respond()), runtime)
    await expect(handler(request, newCall({ chunking: 1 }))).rejects.toMatchObject({ option: 'chunking' })
  })
})
