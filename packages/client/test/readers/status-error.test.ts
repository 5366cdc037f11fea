import { inspect } from 'node:util'
import { mockTransport, rawServer, reply } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  ClientRequestError,
  createClient,
  isHttpError,
  RemoteServerError,
  StatusError,
  type ResponsePromise,
} from '../../src/index.ts'
import { rejection, turn } from '../support/thrown.ts'

type Init = Parameters<typeof mockTransport>[0]

function call(init: Init): ResponsePromise {
  return createClient('http://a.test', { transport: mockTransport(init) }).get('/secret-free?token=tok-secret')
}

async function statusError(init: Init): Promise<StatusError> {
  const error = await rejection(call(init).json())
  if (error instanceof StatusError) return error
  throw new Error(`no StatusError: ${String(error)}`)
}

describe('readers of the promise throw it for 4xx and 5xx alone', () => {
  test.each([200, 201, 299, 301, 304, 399])('%i is none', async (status) => {
    expect(await call({ status, body: '{}' }).text()).toBe('{}')
  })

  test.each([400, 401, 404, 418, 422, 429, 499, 500, 502, 503, 599])('%i is one', async (status) => {
    const readers: ((from: ResponsePromise) => Promise<unknown>)[] = [
      (from) => from.json(),
      (from) => from.json(z.object({})),
      (from) => from.text(),
      (from) => from.bytes(),
      (from) => from.stream()[Symbol.asyncIterator]().next(),
      (from) => from.toWeb().getReader().read(),
      (from) => from.toNode().toArray(),
    ]
    for (const read of readers) {
      const error = await rejection(read(call({ status, body: '{"why":"x"}' })))
      expect(error).toBeInstanceOf(status < 500 ? ClientRequestError : RemoteServerError)
      expect(error).toMatchObject({
        code: 'status',
        status,
        sent: 'yes',
        name: status < 500 ? 'ClientRequestError' : 'RemoteServerError',
      })
      expect(isHttpError(error, 'status')).toBe(true)
    }
  })

  test('readers of an awaited response, and discard, do not', async () => {
    for (const status of [404, 500]) {
      expect(await (await call({ status, body: '{"a":1}' })).json()).toEqual({ a: 1 })
      expect(await (await call({ status, body: 'x' })).text()).toBe('x')
      const response = await call({ status, body: 'x' })
      expect([response.ok, (await response.bytes()).byteLength]).toEqual([false, 1])
      await call({ status, body: 'x' }).discard()
    }
  })
})

describe('what it gives access to', () => {
  test('the decoded body, the headers, the status', async () => {
    const error = await statusError({
      status: 404,
      statusText: 'Not Found',
      headers: { 'content-type': 'application/json', 'x-a': '1' },
      body: '{"why":"gone"}',
    })
    expect([error.status, error.headers.get('x-a'), error.body, error.problem]).toEqual([
      404,
      '1',
      { why: 'gone' },
      undefined,
    ])
    expect(error.message).toBe('GET http://a.test/secret-free: 404 Not Found')
  })

  test.each([
    ['text', 'text/html', '<p>', '<p>'],
    ['text that is JSON by chance', 'text/plain', '{}', '{}'],
    ['broken JSON', 'application/json', '{"a":', '{"a":'],
    ['nothing', 'application/json', '', undefined],
    ['an unknown charset', 'text/plain; charset=klingon', 'abc', 'abc'],
  ])('%s', async (_name, type, body, expected) => {
    expect((await statusError({ status: 500, headers: { 'content-type': type }, body })).body).toEqual(expected)
  })

  test('problem details', async () => {
    const problem = { type: 'about:blank', title: 'No', status: 403, detail: 'd', instance: '/i', extra: [1] }
    const headers = { 'content-type': 'application/problem+json; charset=utf-8' }
    const error = await statusError({ status: 403, headers, body: JSON.stringify(problem) })
    expect([error.problem, error.body]).toEqual([problem, problem])
    for (const body of ['[]', '5', 'null', 'x'])
      expect((await statusError({ status: 403, headers, body })).problem).toBeUndefined()
  })

  test.each([65_535, 65_536, 65_537, 1_000_000])('at most 64 KiB of %i', async (size) => {
    const error = await statusError({ status: 500, headers: { 'content-type': 'text/plain' }, body: 'x'.repeat(size) })
    expect(String(error.body)).toHaveLength(Math.min(size, 65_536))
  })

  test('at most 64 KiB of a body without end, at once', async () => {
    await using server = await rawServer(async (connection) => {
      await connection.receiveRequest()
      await connection.send(`HTTP/1.1 500 No\r\ncontent-type: text/plain\r\n\r\n${'x'.repeat(100_000)}`)
      await connection.stall()
    })
    await using api = createClient(server.origin)
    const error = await rejection(api.get('/').text())
    expect(error).toHaveProperty('body.length', 65_536)
    await server.idle()
  })
})

test('nothing of it is printed', async () => {
  const error = await statusError({
    status: 401,
    headers: { 'content-type': 'application/problem+json', 'set-cookie': 'sid=cookie-secret' },
    body: '{"detail":"body-secret"}',
  })
  for (const text of [
    inspect(error, { depth: 10, showHidden: true }),
    JSON.stringify(error),
    String(error),
    error.stack ?? '',
  ])
    expect(text).not.toMatch(/secret(?!-free)/)
  expect(JSON.parse(JSON.stringify(error))).toEqual({
    code: 'status',
    status: 401,
    sent: 'yes',
    target: 'GET http://a.test/secret-free',
    message: 'GET http://a.test/secret-free: 401',
  })
  expect(Object.keys(error)).not.toContain('body')
})

test('the connection is free after a failure was read', async () => {
  await using server = await rawServer(async (connection) => {
    for (;;) {
      await connection.receiveRequest()
      await connection.send(reply({ status: 500, body: 'no' }))
    }
  })
  await using api = createClient(server.origin, { pool: { maxConnections: 1 } })
  for (let at = 0; at < 3; at += 1)
    expect(await rejection(api.get('/').json())).toMatchObject({ status: 500, body: 'no' })
  expect(server.totalConnections).toBe(1)
})

test('a stream that nobody reads rejects nowhere', async () => {
  const seen: unknown[] = []
  const listen = (reason: unknown): void => void seen.push(reason)
  process.on('unhandledRejection', listen)
  call({ status: 500 }).stream()
  call({ status: 500 }).toWeb()
  await turn()
  await turn()
  process.off('unhandledRejection', listen)
  expect(seen).toEqual([])
})
