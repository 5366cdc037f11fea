import { eachProtocol, fakeClock, httpServer, leakCheck, rawServer } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ConfigError, createClient, type HttpHandler } from '../../src/index.ts'
import { child } from '../support/child.ts'
import { scene } from '../support/scene.ts'
import { rejection, turn } from '../support/thrown.ts'

const Tick = z.object({ n: z.number() })

async function collect<Item>(items: AsyncIterable<Item>, most = Infinity): Promise<Item[]> {
  const list: Item[] = []
  for await (const item of items) {
    list.push(item)
    if (list.length >= most) break
  }
  return list
}

const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`

/** An event stream from behind an id, as its text. */
const textFrom = (id: number, to: number): string => {
  let text = 'retry: 1\n\n'
  for (let n = id + 1; n <= to; n += 1) text += `id: ${n}\ndata: {"n":${n}}\n\n`
  return text
}

describe.each(eachProtocol)('over $name', (protocol) => {
  test('an event stream, bound to a schema, by any verb', async () => {
    await using set = await scene(
      (request, response) => {
        response.setHeader('content-type', 'text/event-stream; charset=utf-8')
        response.end(
          `: hello\n\nevent: tick\nid: 7\ndata: {"n":\ndata: 1}\n\ndata: {"n":2}\n\ndata: ${request.headers['accept'] === 'text/event-stream' ? '{"n":3}' : '{}'}\n\n`,
        )
      },
      {},
      protocol,
    )
    for (const method of ['get', 'post', 'put'] as const) {
      const events = await collect(set.api[method]('/ticks').events(Tick, { reconnect: false }))
      expect(events).toEqual([
        { event: 'tick', id: '7', data: { n: 1 }, retry: undefined },
        { event: 'message', id: '7', data: { n: 2 }, retry: undefined },
        { event: 'message', id: '7', data: { n: 3 }, retry: undefined },
      ])
    }
    const texts = await collect((await set.api.get('/ticks')).events(undefined, { reconnect: false, comments: true }))
    expect(texts[0]).toMatchObject({ comment: 'hello' })
    expect(texts[1]).toMatchObject({ data: '{"n":\n1}' })
  })

  test('a stream that ends again and again is one stream, until 204', async () => {
    const ids: unknown[] = []
    await using set = await scene(
      (request, response) => {
        const id = request.headers['last-event-id']
        ids.push(id)
        if (id === '6') {
          response.writeHead(204)
          response.end()
          return
        }
        response.setHeader('content-type', 'text/event-stream')
        const from = typeof id === 'string' ? Number(id) : 0
        response.end(textFrom(from, from + 2))
      },
      {},
      protocol,
    )
    expect((await collect(set.api.get('/').events(Tick))).map(({ data }) => data.n)).toEqual([1, 2, 3, 4, 5, 6])
    expect(ids).toEqual([undefined, '2', '4', '6'])
  })

  test('leaving the loop lets the stream go, and the client works on', async () => {
    await using set = await scene(
      (request, response) => {
        if (request.url === '/ok') {
          response.end('ok')
          return
        }
        response.setHeader('content-type', 'text/event-stream')
        response.write(textFrom(0, 3))
      },
      {},
      protocol,
    )
    for (const most of [1, 2, 3]) expect(await collect(set.api.get('/').events(), most)).toHaveLength(most)
    // While the next one is awaited.
    const events = set.api.get('/').events()[Symbol.asyncIterator]()
    for (let n = 0; n < 3; n += 1) await events.next()
    const waiting = events.next()
    await events.return?.()
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(await set.api.get('/ok').text()).toBe('ok')
  })

  test('an abort ends the stream, also between two connections', async () => {
    const controller = new AbortController()
    await using leaks = leakCheck({ signals: [controller.signal], withinMs: 2_000 })
    const set = await scene(
      (_request, response) => {
        response.setHeader('content-type', 'text/event-stream')
        response.end('retry: 600000\nid: 1\ndata: {"n":1}\n\n')
      },
      {},
      protocol,
    )
    const events = set.api.get('/', { signal: controller.signal }).events(Tick, { maxRetryMs: 600_000 })
    const iterator = events[Symbol.asyncIterator]()
    expect((await iterator.next()).value).toMatchObject({ data: { n: 1 } })
    const next = iterator.next()
    setImmediate(() => controller.abort())
    expect(await rejection(next)).toMatchObject({ code: 'aborted' })
    await set[Symbol.asyncDispose]()
    await leaks.check()
  })
})

describe('a connection that is cut', () => {
  const total = 4
  const whole = textFrom(0, total)

  /** A server that cuts the first answer after so many bytes of its body, and goes on behind the last id. */
  const cutting = (at: number) =>
    rawServer(async (connection) => {
      for (;;) {
        const request = await connection.receiveRequest()
        const id = Number(/last-event-id: (\d+)/i.exec(request.head)?.[1] ?? 0)
        if (id === total) {
          await connection.send('HTTP/1.1 204 No Content\r\n\r\n')
          continue
        }
        const isFirst = connection.index === 0
        const text = textFrom(id, total)
        await connection.send(
          'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n',
        )
        if (isFirst && at < text.length) {
          if (at > 0) await connection.send(chunk(text.slice(0, at)))
          await connection.end()
          return
        }
        await connection.send(`${chunk(text)}0\r\n\r\n`)
      }
    })

  test.each(Array.from({ length: whole.length }, (_, at) => at))(
    'after %i bytes loses no event and repeats none',
    async (at) => {
      await using server = await cutting(at)
      await using api = createClient(server.origin)
      const seen = await collect(api.get('/').events(Tick, { retryMs: 1, maxRetryMs: 2 }))
      expect(seen.map(({ data }) => data.n)).toEqual([1, 2, 3, 4])
    },
  )

  test('of a POST goes on where the server gave an id, and is an error where not', async () => {
    const posts: string[] = []
    await using server = await rawServer(async (connection) => {
      const request = await connection.receiveRequest()
      posts.push(/last-event-id: (\w+)/i.exec(request.head)?.[1] ?? '-')
      const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'
      if (posts.at(-1) === '-') {
        const id = request.head.includes('/ids') ? 'id: a\n' : ''
        await connection.send(head + chunk(`retry: 1\n${id}data: {"n":1}\n\n`))
      } else await connection.send(`${head}${chunk('data: {"n":2}\n\n')}0\r\n\r\n`)
      await connection.end()
    })
    await using api = createClient(server.origin)
    const without = api.post('/plain', { a: 1 }).events(Tick)[Symbol.asyncIterator]()
    expect(await rejection(without.next().then(() => without.next()))).toMatchObject({ code: 'socket' })
    expect(posts).toEqual(['-'])
    expect((await collect(api.post('/ids', { a: 1 }).events(Tick))).map(({ data }) => data.n)).toEqual([1, 2])
    expect(posts).toEqual(['-', '-', 'a'])
  })
})

describe('what is wrong with a stream', () => {
  test('options are refused before anything is sent', async () => {
    await using set = await scene((_request, response) => void response.end())
    for (const options of [{ idleMs: -1 }, { maxEventBytes: 0 }, { reconect: true }, { maxRetries: 'x' }]) {
      const events = set.api.get('/').events(undefined, options as object)
      expect(await rejection(events[Symbol.asyncIterator]().next())).toBeInstanceOf(ConfigError)
    }
    expect(
      await rejection(
        set.api
          .get('/')
          .events({} as never)
          [Symbol.asyncIterator]()
          .next(),
      ),
    ).toBeInstanceOf(ConfigError)
    expect(set.server.requests).toBe(0)
  })

  test('another content type, a status, an endless event, data that does not fit', async () => {
    await using set = await scene((request, response) => {
      if (request.url === '/html') {
        response.setHeader('content-type', 'text/html')
        response.end('<p>')
        return
      }
      if (request.url === '/404') {
        response.writeHead(404, { 'content-type': 'application/json' })
        response.end('{"message":"no"}')
        return
      }
      response.setHeader('content-type', 'text/event-stream')
      if (request.url === '/endless') {
        const more = (): void => {
          while (!response.destroyed && response.write(`data: ${'x'.repeat(10_000)}\n`));
          if (!response.destroyed) response.once('drain', more)
        }
        more()
        return
      }
      response.end('data: {"n":1}\n\ndata: {"n":"x"}\n\n')
    })
    expect(await rejection(collect(set.api.get('/html').events()))).toMatchObject({
      code: 'decode',
      message: expect.stringMatching(/text\/html.*text\/event-stream|text\/event-stream.*text\/html/),
    })
    expect(await rejection(collect(set.api.get('/404').events()))).toMatchObject({
      status: 404,
      body: { message: 'no' },
    })
    expect(await rejection(collect(set.api.get('/endless').events()))).toMatchObject({ code: 'too-large' })
    const refused = await rejection(collect(set.api.get('/data').events(Tick)))
    expect(refused).toMatchObject({ name: 'ValidationError', status: 200, issues: [{ path: ['n'] }] })
    expect(String(refused)).toContain('event 2')
  })

  test('text that is no JSON is for a schema that takes text', async () => {
    await using set = await scene((_request, response) => {
      response.setHeader('content-type', 'text/event-stream')
      response.end('data: {"n":1}\n\ndata: [DONE]\n\ndata: 42\n\n')
    })
    const Chunk = z.union([Tick, z.literal('[DONE]'), z.string()])
    const seen = await collect(set.api.get('/').events(Chunk, { reconnect: false }))
    expect(seen.map(({ data }) => data)).toEqual([{ n: 1 }, '[DONE]', '42'])
    expect(await rejection(collect(set.api.get('/').events(Tick, { reconnect: false })))).toMatchObject({
      code: 'decode',
    })
  })
})

test('a process that only waits to connect again does not end', async () => {
  await using server = await httpServer((request, response) => {
    const seen = Number(request.headers['last-event-id'] ?? 0)
    if (seen === 2) {
      response.writeHead(204)
      response.end()
      return
    }
    response.setHeader('content-type', 'text/event-stream')
    response.end(textFrom(seen, seen + 1).replace('retry: 1', 'retry: 200'))
  })
  const { code, stdout, stderr } = await child(
    `import { createClient } from '@halyard/client'
    const api = createClient(process.env.ORIGIN, { pool: { idleTimeoutMs: 1 } })
    for await (const { id } of api.get('/').events()) console.log(id)
    console.log('over')`,
    { env: { ORIGIN: server.origin } },
  )
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '1\n2\nover\n', stderr: '' })
})

test.each([
  ['kept by the transport', {}],
  ['kept by the client', { use: { attempt: [{ name: 'none', wrap: (next: HttpHandler) => next }] } }],
])('a total time of the call covers every connection of the stream: %s', async (_name, config) => {
  const clock = fakeClock()
  await using set = await scene(
    (_request, response) => {
      response.setHeader('content-type', 'text/event-stream')
      response.end(textFrom(0, 1).replace('retry: 1', 'retry: 2000'))
    },
    { ...config, clock },
  )
  let seen = 0
  let failure: unknown
  const reading = (async () => {
    for await (const _event of set.api.get('/', { timeout: 10_000 }).events(Tick)) seen += 1
  })().catch((error: unknown) => (failure = error))
  while (failure === undefined && clock.now() < 60_000) {
    for (let at = 0; at < 200 && failure === undefined; at += 1) await turn()
    await clock.advance(500)
  }
  await reading
  expect(failure).toMatchObject({ code: 'timeout', phase: 'total' })
  expect(seen).toBeGreaterThan(1)
  expect(clock.now()).toBeLessThanOrEqual(11_000)
})
