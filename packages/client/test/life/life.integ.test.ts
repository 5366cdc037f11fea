import { h2cServer, httpServer, httpsServer, leakCheck, rawServer, reply } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { connectionPool, createClient, type HttpClient, type OriginStats } from '../../src/index.ts'
import { echo, echoed, scene, textOf } from '../support/scene.ts'
import { child } from '../support/child.ts'
import { rejection, turn } from '../support/thrown.ts'

const large = Buffer.alloc(1_000_000, 'x')

describe('responses that nobody reads', () => {
  test('do not strand a small pool: small ones', async () => {
    await using set = await scene((_request, response) => void response.end('small'), { pool: { maxConnections: 2 } })
    for (let at = 0; at < 50; at += 1) await set.api.get('/')
    expect(await set.api.get('/last').text()).toBe('small')
  })

  test('do not strand a small pool when they are discarded: large ones', async () => {
    await using set = await scene((_request, response) => void response.end(large), { pool: { maxConnections: 2 } })
    for (let at = 0; at < 25; at += 1) await set.api.get('/').discard()
    for (let at = 0; at < 25; at += 1) {
      await using response = await set.api.get('/')
      expect(response.status).toBe(200)
    }
    expect(await set.api.get('/last').bytes()).toHaveLength(large.byteLength)
  })

  test('are let go of when they are collected', async () => {
    await using server = await httpServer((_request, response) => void response.end(large))
    const program = `
import { createClient } from '@halyard/client'
const api = createClient(process.env.ORIGIN, { pool: { maxConnections: 2, acquireTimeoutMs: 10_000 } })
for (let at = 0; at < 50; at += 1) {
  const call = api.get('/')
  let got = false
  call.then(() => { got = true })
  while (!got) { await new Promise((resolve) => setImmediate(resolve)); if (!got) globalThis.gc() }
}
const last = api.get('/last').bytes()
let bytes
last.then((all) => { bytes = all })
while (bytes === undefined) { await new Promise((resolve) => setImmediate(resolve)); globalThis.gc() }
console.log('done', bytes.byteLength)
await api.close()
`
    const { stdout, stderr, code } = await child(program, { args: ['--expose-gc'], env: { ORIGIN: server.origin } })
    expect([stdout, stderr, code]).toEqual([`done ${large.byteLength}\n`, '', 0])
  }, 20_000)
})

describe('a process ends by itself after its last call', () => {
  test.each([
    ['a closed client', 'await api.get("/").text(); await api.close()'],
    ['a client that was left', 'await api.get("/").text()'],
    [
      'many clients that were left',
      'for (let at = 0; at < 20; at += 1) await createClient(process.env.ORIGIN).get("/").text()',
    ],
    ['a response that nobody read', 'await api.get("/")'],
    ['await using', '{ await using one = createClient(process.env.ORIGIN); await one.get("/").text() }'],
    ['a failure', 'await api.get("http://127.0.0.1:1/").catch(() => {})'],
    ['a spent deadline', 'await api.get("/never", { timeout: 50 }).text().catch(() => {})'],
    ['a client never used', ''],
  ])('%s', async (_name, work) => {
    await using server = await httpServer((request, response) => {
      if (request.url !== '/never') response.end('ok')
    })
    const program = `
import { createClient } from '@halyard/client'
const api = createClient(process.env.ORIGIN)
${work}
console.log('done')
`
    const { code, stdout, stderr, lingeredMs } = await child(program, { env: { ORIGIN: server.origin } })
    expect([code, stdout, stderr]).toEqual([0, 'done\n', ''])
    expect(lingeredMs).toBeLessThan(2_000)
  })
})

test('so does one that spoke HTTP/2', async () => {
  await using server = await h2cServer((_request, response) => void response.end('ok'))
  const program = `
import { createClient } from '@halyard/client'
const api = createClient(process.env.ORIGIN, { http2: { priorKnowledge: true } })
const response = await api.get('/')
console.log('done', response.httpVersion, await response.text())
`
  const { code, stdout, stderr, lingeredMs } = await child(program, { env: { ORIGIN: server.origin } })
  expect([code, stdout, stderr]).toEqual([0, 'done 2 ok\n', ''])
  expect(lingeredMs).toBeLessThan(2_000)
})

describe('close', () => {
  test('waits for what is in flight, refuses what comes, and may be called again', async () => {
    await using leaks = leakCheck({ withinMs: 2_000 })
    await using server = await rawServer(async (connection) => {
      await connection.receiveRequest()
      await connection.send('HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\na')
      await connection.receiveBytes(0)
      await turn()
      await connection.send('bc')
    })
    const api = createClient(server.origin)
    const text = api.get('/').text()
    await turn()
    const closing = [api.close(), api.close()]
    expect(await rejection(api.get('/late'))).toMatchObject({ name: 'AbortedError', code: 'aborted', sent: 'no' })
    expect(await text).toBe('abc')
    await Promise.all(closing)
    await api.close()
    await api.destroy()
    await server.idle()
    await server.close()
    await leaks.check()
  })

  test('of one that never called, and of one that extends another', async () => {
    await createClient('http://127.0.0.1:1').close()
    await using set = await scene(echo)
    const extended = set.api.extend({ headers: { 'x-a': '1' } })
    expect((await echoed(extended.get('/').json())).headers['x-a']).toBe('1')
    await extended.close()
    expect(await rejection(set.api.get('/'))).toMatchObject({ code: 'aborted' })
  })

  test('while connections are being made', async () => {
    await using leaks = leakCheck({ withinMs: 2_000 })
    await using server = await httpsServer((_request, response) => void response.end('ok'))
    const api = createClient(server.origin, { tls: { ca: server.ca ?? '' }, pool: { maxIdleConnections: 3 } })
    // More connections are started than are needed in the end.
    await Promise.all(Array.from({ length: 60 }, () => api.get('/').text()))
    await api.close()
    await server.idle()
    expect(server.connections).toBe(0)
    await server.close()
    await leaks.check()
  })

  test('await using closes', async () => {
    await using server = await httpServer((_request, response) => void response.end('ok'))
    {
      await using api = createClient(server.origin)
      expect(await api.get('/').text()).toBe('ok')
      expect(server.connections).toBe(1)
    }
    await server.idle()
    expect(server.connections).toBe(0)
  })
})

describe('destroy', () => {
  test('fails what waits, what is in flight and what is read, with its reason', async () => {
    await using leaks = leakCheck({ withinMs: 2_000 })
    await using server = await httpServer((request, response) => {
      if (request.url === '/body') response.write('abc')
    })
    const api = createClient(server.origin, { pool: { maxConnections: 2 } })
    const body = await api.get('/body')
    const reading = rejection(body.text())
    const head = rejection(api.get('/head'))
    await expect.poll(() => server.requests).toBe(2)
    const queued = rejection(api.get('/queued'))
    await turn()
    const reason = new Error('enough')
    await api.destroy(reason)
    for (const [error, sent] of [
      [await reading, 'yes'],
      [await head, 'maybe'],
      [await queued, 'no'],
    ] as const)
      expect(error).toMatchObject({ name: 'AbortedError', code: 'aborted', sent })
    expect(await head).toMatchObject({ cause: reason })
    expect(await rejection(api.get('/late'))).toMatchObject({ code: 'aborted', sent: 'no' })
    await api.destroy()
    await api.close()
    await server.idle()
    await server.close()
    await leaks.check()
  })
})

test('2,000 mixed calls leave no handle', async () => {
  await using set = await scene(
    async (request, response) => {
      const { url } = request
      if (url === '/destroy') response.destroy()
      else if (url === '/large') response.end(large)
      else if (url === '/error') {
        response.statusCode = 500
        response.end('no')
      } else if (url !== '/never') await echo(request, response)
    },
    { pool: { maxConnections: 20 } },
  )
  const { api } = set
  const kinds = [
    () => api.get('/a').json(),
    () => api.post('/b', { a: 1 }).json(),
    () => api.post('/c', () => new Blob(['abc']).stream()).text(),
    () => api.get('/error').text(),
    () => api.post('/destroy', 'x').text(),
    () => api.get('/large').discard(),
    () => api.get('/never', { timeout: 5 }).text(),
    () => api.get('/a', { signal: AbortSignal.abort() }).text(),
    () => api.get('/a'),
    () => api.get('http://127.0.0.1:1/').text(),
  ]
  let fulfilled = 0
  for (let round = 0; round < 20; round += 1) {
    const calls = Array.from({ length: 10 }, () => kinds.map((kind) => kind())).flat()
    for (const { status } of await Promise.allSettled<unknown>(calls)) if (status === 'fulfilled') fulfilled += 1
  }
  expect(fulfilled).toBe(1_000)
  expect(set.server.maxConnections).toBeLessThanOrEqual(20)
}, 20_000)

test('stats tell of each origin', async () => {
  const held: (() => void)[] = []
  await using set = await scene(
    (request, response) => {
      if (request.url === '/held') held.push(() => response.end('held'))
      else response.end('ok')
    },
    { pool: { maxConnections: 2 } },
  )
  const { api, server } = set
  const stats = (): OriginStats | undefined => (api.stats()['origins'] as Record<string, OriginStats>)[server.origin]
  expect(api.stats()).toEqual({ origins: {}, retry: {} })
  const calls = [api.get('/held').text(), api.get('/held').text(), api.get('/held').text()]
  await expect.poll(() => held.length).toBe(2)
  expect(stats()).toEqual({ connections: 2, idle: 0, active: 2, queued: 1, streams: 0, protocol: 'h1' })
  for (const release of held.splice(0)) release()
  await expect.poll(() => held.length).toBe(1)
  for (const release of held.splice(0)) release()
  await Promise.all(calls)
  expect(stats()).toEqual({ connections: 2, idle: 2, active: 0, queued: 0, streams: 0, protocol: 'h1' })
  expect(api.extend({}).stats()).toEqual(api.stats())
})

describe('a pool given to two clients', () => {
  test('is shared, and outlives them', async () => {
    await using server = await httpServer((_request, response) => void response.end('ok'))
    const pool = connectionPool({ maxConnections: 1 })
    const [one, two] = [
      createClient(server.origin, { pool }),
      createClient(server.origin, { pool, headers: { 'x-a': '1' } }),
    ]
    await one.get('/').text()
    await two.get('/').text()
    await one.extend({}).get('/').text()
    expect(server.totalConnections).toBe(1)
    await one.close()
    expect(await two.get('/').text()).toBe('ok')
    expect(server.totalConnections).toBe(1)
    await pool.close()
    expect(await rejection(two.get('/'))).toMatchObject({ code: 'aborted', sent: 'no' })
    await two.close()
    await server.idle()
  })

  test('shares nothing where the settings of the network differ', async () => {
    await using server = await httpServer((_request, response) => void response.end('ok'))
    await using pool = connectionPool({})
    const clients = [
      {},
      { httpVersion: '1.1' },
      { timeout: { connectMs: 1_234 } },
      { limits: { headerBytes: 9_999 } },
    ] as const
    for (const config of clients)
      await createClient(server.origin, { ...config, pool })
        .get('/')
        .text()
    expect(server.totalConnections).toBe(clients.length)
  })
})

test('two clients without one share nothing', async () => {
  await using server = await rawServer(async (connection) => {
    for (;;) {
      await connection.receiveRequest()
      await connection.send(reply({ body: String(connection.index) }))
    }
  })
  await using one = createClient(server.origin)
  await using two = createClient(server.origin)
  const seen = [
    await one.get('/').text(),
    await two.get('/').text(),
    await one.get('/').text(),
    await two.get('/').text(),
  ]
  expect(seen).toEqual(['0', '1', '0', '1'])
})

test('an answer that comes before the whole request does not poison the connection', async () => {
  await using set = await scene((request, response) => {
    if (request.url === '/early') response.end('early')
    else void echo(request, response)
  })
  for (let at = 0; at < 5; at += 1) {
    await set.api
      .post('/early', () => new Blob([large]).stream())
      .text()
      .catch(() => undefined)
    expect(textOf(await echoed(set.api.post('/next', `body ${at}`).json()))).toBe(`body ${at}`)
  }
})

describe('streams that are left before the head has come give the call up', () => {
  const readers: [string, (api: HttpClient) => () => unknown][] = [
    [
      'toNode',
      (api) => {
        const stream = api.get('/').toNode().resume()
        return () => stream.destroy()
      },
    ],
    [
      'toWeb',
      (api) => {
        const stream = api.get('/').toWeb()
        return () => stream.cancel()
      },
    ],
    [
      'stream',
      (api) => {
        const chunks = api.get('/').stream()[Symbol.asyncIterator]()
        return () => chunks.return?.()
      },
    ],
  ]

  test.each(readers)('%s, at once: nothing is sent', async (_name, start) => {
    await using server = await httpServer(() => undefined)
    await using api = createClient(server.origin, { timeout: false })
    await start(api)()
    // Were the call running, this would wait for an answer that never comes.
    await api.close()
    expect(server.requests).toBe(0)
  })

  test.each(readers)('%s, while it waits: the connection is closed', async (_name, start) => {
    await using server = await httpServer(() => undefined)
    await using api = createClient(server.origin, { timeout: false })
    const leave = start(api)
    while (server.requests === 0) await turn()
    await leave()
    await api.close()
    await server.idle()
    expect(server.connections).toBe(0)
  })
})
