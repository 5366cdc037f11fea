import {
  CallContext,
  createPipeline,
  DeadlineReason,
  factoryBody,
  type HttpResponse,
  httpRequest,
  noHeaders,
  respond,
  RejectedError,
} from '@halyard/core'
import { describe, expect, test } from 'vitest'
import { abortListeners, fakeRuntime, mockTransport } from '../../src/index.ts'

const url = 'http://a.test/x'

test('requests are recorded with their bodies read', async () => {
  const transport = mockTransport({ body: 'ok' })
  await using client = createPipeline({ transport })
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(new Uint8Array([104]))
    yield new Uint8Array([105])
  }
  await client.get(url)
  await client.request('PUT', `${url}?q=1`, { body: factoryBody(pieces), headers: { 'x-a': '1' } })
  const [first, second] = transport.requests
  expect(first).toMatchObject({ method: 'GET', url, body: undefined, text: '', attempt: 0 })
  expect(second).toMatchObject({ method: 'PUT', url: `${url}?q=1`, text: 'hi' })
  expect([...(second?.body ?? [])]).toEqual([104, 105])
  expect(second?.headers.get('X-A')).toBe('1')
})

test('one answer serves every request, each time anew, under the URL that was asked', async () => {
  await using client = createPipeline({ transport: mockTransport({ status: 201, body: 'again' }) })
  const answers = [await client.get(url), await client.get(`${url}2`)]
  expect(await Promise.all(answers.map(async ({ body }) => Buffer.from(await body.bytes()).toString()))).toEqual([
    'again',
    'again',
  ])
  expect(answers.map((answer) => answer.url.href)).toEqual([url, `${url}2`])
})

test('a list is used in order, and running out is an error that says so', async () => {
  const failure = new Error('scripted')
  const whole = respond({ status: 202 })
  const transport = mockTransport([{ status: 503 }, failure, whole, () => Promise.resolve(respond({ status: 204 }))])
  await using client = createPipeline({ transport })
  expect((await client.get(url)).status).toBe(503)
  await expect(client.get(url)).rejects.toBe(failure)
  expect(await client.get(url)).toBe(whole)
  expect((await client.get(url)).status).toBe(204)
  await expect(client.get(`${url}?secret`)).rejects.toThrow(
    'GET http://a.test/x: the mock transport has no answer left; it was given 4',
  )
  expect(transport.requests).toHaveLength(5)
})

test('a handler sees the request and the call', async () => {
  const transport = mockTransport((request, call) =>
    respond({ body: `${request.method} ${String(call.options['mark'])}` }),
  )
  const response = await transport.open(fakeRuntime())(
    httpRequest({ method: 'GET', origin: 'http://a.test', path: '/', headers: noHeaders, body: undefined }),
    new CallContext({ mark: 'seen' }),
  )
  expect(Buffer.from(await response.body.bytes()).toString()).toBe('GET seen')
})

test('bodies that nobody read are counted until somebody does', async () => {
  const transport = mockTransport({ body: 'data' })
  await using client = createPipeline({ transport })
  const [first, second] = [await client.get(url), await client.get(url)]
  expect(transport.openBodies()).toBe(2)
  await first.body.bytes()
  expect(transport.openBodies()).toBe(1)
  await second.body.discard()
  expect(transport.openBodies()).toBe(0)
})

test('responses without a body do not count', async () => {
  const transport = mockTransport([{ status: 200 }, { status: 200, body: '' }, respond({ status: 304 })])
  await using client = createPipeline({ transport })
  for (let left = 3; left > 0; left -= 1) await client.get(url)
  expect(transport.openBodies()).toBe(0)
})

describe('cancellation', () => {
  const request = httpRequest({
    method: 'GET',
    origin: 'http://a.test',
    path: '/x',
    headers: noHeaders,
    body: undefined,
  })

  test.each([
    ['an abort', new Error('enough'), { code: 'aborted', sent: 'maybe' }],
    ['a limit', new DeadlineReason('total', 50), { code: 'timeout', phase: 'total', limitMs: 50 }],
    [
      'an error of the library',
      new RejectedError('full', { sent: 'no', target: 'x', by: 'guard' }),
      { code: 'rejected' },
    ],
  ])('while the answer is pending, by %s', async (_what, reason, facts) => {
    const answer = Promise.withResolvers<HttpResponse>()
    const transport = mockTransport(() => answer.promise)
    const call = new CallContext()
    const pending = transport.open(fakeRuntime())(request, call)
    call.cancel(reason)
    await expect(pending).rejects.toMatchObject(facts)
    answer.resolve(respond({ body: 'late' }))
    await fakeRuntime().clock.advance(0)
    expect(transport.openBodies()).toBe(0)
  })

  test('beforehand: nothing is sent', async () => {
    const transport = mockTransport({})
    const call = new CallContext()
    call.cancel('gone')
    await expect(transport.open(fakeRuntime())(request, call)).rejects.toMatchObject({
      code: 'aborted',
      sent: 'no',
      cause: 'gone',
    })
    expect(transport.requests).toEqual([])
  })

  test('no listener stays behind, however the call ended', async () => {
    const { signal } = new AbortController()
    await using client = createPipeline({ transport: mockTransport([{}, new Error('scripted')]) })
    await client.get(url, { signal })
    await client.get(url, { signal }).catch(() => {})
    expect(abortListeners(signal)).toBe(0)
  })
})
