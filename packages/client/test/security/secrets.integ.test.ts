import { inspect } from 'node:util'
import { httpsServer, rawServer, reply, type RawConnection } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import * as v from 'valibot'
import { createClient, type CallOptions, type ClientConfig, type HttpClient } from '../../src/index.ts'
import { rejection, turn } from '../support/thrown.ts'

const headers = {
  authorization: 'Bearer s3cret-authorization',
  cookie: 'sid=s3cret-cookie',
  'x-api-key': 's3cret-api-key',
  'x-plain': 's3cret-header',
}
const options: CallOptions = { query: { token: 's3cret-query' } }
const body = { password: 's3cret-body' }

/** Everything that a log could hold of an error. */
function printed(error: unknown): string {
  return [
    inspect(error, { depth: 10, showHidden: true }),
    inspect(error, { depth: 10 }),
    JSON.stringify(error),
    String(error),
    error instanceof Error ? String(error.stack) : '',
  ].join('\n')
}

interface Case {
  readonly code: string
  readonly script?: (connection: RawConnection) => Promise<void>
  readonly config?: ClientConfig
  readonly call?: (api: HttpClient) => PromiseLike<unknown>
}

const post = (api: HttpClient): PromiseLike<unknown> => api.post('/path', body, options).json()

function says(text: string) {
  return async (connection: RawConnection): Promise<void> => {
    await connection.receiveRequest()
    await connection.send(text)
    await connection.end()
  }
}

async function stalls(connection: RawConnection): Promise<void> {
  await connection.receiveRequest()
  await connection.send('HTTP/1.1 200 OK\r\nset-cookie: s3cret-set-cookie\r\ncontent-length: 100\r\n\r\ns3cret-answer')
  await connection.stall()
}

const jsonOf = (text: string): string =>
  reply({ headers: { 'content-type': 'application/json', 'set-cookie': 's3cret-set-cookie' }, body: text })
const failing = new Error('the source failed')

/** Excerpts of payloads are switched off. */
const quiet = { binding: { excerptBytes: 0 } }

const cases: Readonly<Record<string, Case>> = {
  'cut short': { code: 'socket', script: says('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"a":"s3cret-answer') },
  'cut in the head': { code: 'socket', script: says('HTTP/1.1 200 OK\r\nset-cookie: s3cret-set-coo') },
  'a head too large': {
    code: 'too-large',
    script: says(`HTTP/1.1 200 OK\r\nset-cookie: s3cret-${'x'.repeat(20_000)}\r\n\r\n`),
  },
  'a body too large': {
    code: 'too-large',
    script: says(jsonOf('"s3cret-answer"')),
    config: { limits: { bodyBytes: 3 } },
  },
  'a 4xx': {
    code: 'status',
    script: says(reply({ status: 401, headers: { 'set-cookie': 's3cret-set-cookie' }, body: 's3cret-answer' })),
  },
  'a 5xx with details': {
    code: 'status',
    script: says(
      reply({
        status: 500,
        headers: { 'content-type': 'application/problem+json' },
        body: '{"detail":"s3cret-answer"}',
      }),
    ),
  },
  'no JSON': { code: 'decode', config: quiet, script: says(jsonOf('{"a":"s3cret-answer",}')) },
  'no JSON, short': { code: 'decode', config: quiet, script: says(jsonOf('s3cret')) },
  'another type': {
    code: 'decode',
    script: says(reply({ headers: { 'content-type': 'text/html' }, body: 's3cret-answer' })),
  },
  'an unknown charset': {
    code: 'decode',
    script: says(reply({ headers: { 'content-type': 'application/json; charset=x' }, body: 's3cret-answer' })),
  },
  'read twice': {
    code: 'decode',
    script: says(jsonOf('"s3cret-answer"')),
    call: async (api) => {
      const response = await api.post('/path', body, options)
      await response.text()
      return await response.text()
    },
  },
  'no content': {
    code: 'no-content',
    script: says(jsonOf('')),
    call: (api) => api.post('/path', body, options).json(z.object({})),
  },
  'no value of zod': {
    code: 'undefined',
    script: says(jsonOf('{"a":"s3cret-answer"}')),
    call: (api) => api.post('/path', body, options).json(z.object({ a: z.number(), b: z.string() })),
  },
  'no value of valibot': {
    code: 'undefined',
    script: says(jsonOf('{"a":1,"c":"s3cret-answer"}')),
    call: (api) => api.post('/path', body, options).json(v.object({ a: v.string(), c: v.string() })),
  },
  'the total time': { code: 'timeout', script: stalls, config: { timeout: 60 } },
  'the idle time': { code: 'timeout', script: stalls, config: { timeout: { idleMs: 60 } } },
  'the time to the head': {
    code: 'timeout',
    script: (connection) => connection.stall(),
    config: { timeout: { headersMs: 60 } },
  },
  'the time of an attempt': {
    code: 'timeout',
    script: (connection) => connection.stall(),
    config: { timeout: { attemptMs: 60 } },
  },
  'an abort': {
    code: 'aborted',
    script: stalls,
    call: (api) => {
      const controller = new AbortController()
      void turn().then(() => controller.abort())
      return api.post('/path', body, { ...options, signal: controller.signal }).json()
    },
  },
  'a destroyed client': {
    code: 'aborted',
    script: stalls,
    call: async (api) => {
      const call = api.post('/path', body, options).json()
      await Promise.all([call, turn().then(() => api.destroy())])
    },
  },
  'a closed client': { code: 'aborted', call: (api) => api.close().then(() => post(api)) },
  'nobody there': {
    code: 'connect',
    call: (api) => api.extend({ base: 'http://127.0.0.1:1' }).post('/path', body, options),
  },
  'no such name': {
    code: 'connect',
    call: (api) => api.extend({ base: 'http://no-such-name.invalid' }).post('/path', body, options),
  },
  'a source that failed': {
    code: 'encode',
    script: stalls,
    call: (api) =>
      api.post(
        '/path',
        async function* () {
          yield Buffer.from('s3cret-body')
          await turn()
          throw failing
        },
        options,
      ),
  },
  'a circle': {
    code: 'encode',
    call: (api) => {
      const circle: Record<string, unknown> = { password: 's3cret-body' }
      circle['self'] = circle
      return api.post('/path', circle, options)
    },
  },
  'a wrong header': {
    code: 'config',
    call: (api) => api.get('/path', { ...options, headers: { authorization: 's3cret-authorization\n' } }),
  },
  'a wrong path': {
    code: 'config',
    call: (api) => api.extend({ base: 'http://a.test/v1' }).get('/../../x?token=s3cret-query#s3cret', options),
  },
  'a wrong URL': {
    code: 'config',
    call: (api) => api.get('http://joe:s3cret-password@[bad/?token=s3cret-query', options),
  },
  'a wrong scheme': { code: 'config', call: (api) => api.get('ftp://joe:s3cret-password@a.test/?token=s3cret-query') },
  'a wrong query': {
    code: 'config',
    call: (api) => api.get('/path', { query: { token: { secret: 's3cret-query' } } }),
  },
  'a wrong parameter': {
    code: 'config',
    call: (api) => api.get('/path/{id}?x=s3cret-query', { params: { id: 1, more: 2 } }),
  },
}

/** The cause of these, undici's `HTTPParserError`, holds the bytes that it could not parse. */
const malformed: typeof cases = {
  'no HTTP': { code: 'protocol', script: says('s3cret-answer and so on\r\n\r\n') },
  'a broken head': {
    code: 'protocol',
    script: says('HTTP/1.1 200 OK\r\nset cookie: s3cret-set-cookie\r\n\r\ns3cret-answer'),
  },
  'broken chunks': {
    code: 'protocol',
    script: says('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\ns3cret-answer\r\n'),
  },
}

describe('nothing secret is printed of', () => {
  test.each(Object.entries(malformed))('%s', async (_name, { code, script }) => {
    await using server = await rawServer(script ?? ((connection) => connection.stall()))
    await using api = createClient(server.origin, { headers })
    const error = await rejection(post(api))
    expect(printed(error)).not.toMatch(/s3cret/)
    expect(error).toMatchObject({ code })
  })

  test.each(Object.entries(cases))('%s', async (_name, { code, script, config, call }) => {
    await using server = await rawServer(script ?? ((connection) => connection.stall()))
    const api: HttpClient = createClient(server.origin, { ...config, headers } as object)
    const error = await rejection((call ?? post)(api))
    expect(error).toBeInstanceOf(Error)
    expect(printed(error)).not.toMatch(/s3cret/)
    expect(String(Reflect.get(Object(error), 'code'))).toBe(code)
    await api.destroy()
  })

  test('TLS failures', async () => {
    await using server = await httpsServer((_request, response) => void response.end())
    await using api = createClient(server.origin, { headers, tls: { passphrase: 's3cret-passphrase' } })
    const error = await rejection(api.post('/path', body, options))
    expect(error).toMatchObject({ code: 'tls' })
    expect(printed(error)).not.toMatch(/s3cret|BEGIN/)
  })

  test('clients, responses and calls themselves', async () => {
    await using server = await rawServer(says(jsonOf('"s3cret-answer"')))
    await using api = createClient(server.origin, { headers })
    const call = api.post('/path', body, options)
    const response = await call
    for (const value of [api, call, response]) expect(printed(value)).not.toMatch(/s3cret-(?!set)/)
    await response.discard()
  })
})
