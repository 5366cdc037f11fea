import { inspect } from 'node:util'
import type { TransportError } from '@halyard/core'
import { fakeClock, httpServer, proxyServer, rawServer, type RawConnection, type RawScript } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { clientFor, text, thrown, until } from '../kit/client.ts'
import { checkLeaks, tidy } from '../kit/tidy.ts'

checkLeaks()

const target = { origin: 'https://origin.test', ca: undefined }
const plainTarget = { origin: 'http://origin.test', ca: undefined }

const says =
  (answer: string): RawScript =>
  async (connection) => {
    await connection.receiveHead()
    await connection.send(answer)
    await connection.closed
  }

describe('CONNECT that goes wrong is a typed error, and the socket is closed', () => {
  const cases: readonly (readonly [what: string, script: RawScript, facts: Partial<TransportError>])[] = [
    ['garbage', says('\u0000\u0001garbage\r\n\r\n'), { reason: 'protocol' }],
    ['an SSH server', says('SSH-2.0-OpenSSH_9.2\r\n'), { reason: 'protocol' }],
    ['a head without end', says(`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(4_000)}`), { reason: 'protocol' }],
    ['interim answers without end', says('HTTP/1.1 102 Wait\r\n\r\n'.repeat(2_000)), { reason: 'protocol' }],
    ['a closed connection', async (connection) => connection.end(), { reason: 'protocol' }],
    [
      'a head that is cut',
      async (c) => (await c.receiveHead(), await c.send('HTTP/1.1 2'), c.end()),
      { reason: 'protocol' },
    ],
    ['a reset', async (c) => (await c.receiveHead(), c.reset()), { reason: 'protocol' }],
    ['data after the head', says('HTTP/1.1 200 OK\r\n\r\nsurprise'), { reason: 'protocol' }],
    ['a NUL in the head', says('HTTP/1.1 200 OK\r\nx: \u0000\r\n\r\n'), { reason: 'protocol' }],
    ['403', says('HTTP/1.1 403 No\r\ncontent-length: 2\r\n\r\nno'), { reason: 'status', status: 403, excerpt: 'no' }],
    [
      '503 in chunks',
      says('HTTP/1.0 503 No\r\ntransfer-encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n'),
      { reason: 'status', status: 503 },
    ],
    [
      'a redirect',
      says('HTTP/1.1 302 Go\r\nlocation: http://evil.test/\r\ncontent-length: 0\r\n\r\n'),
      { reason: 'status', status: 302 },
    ],
    [
      '407',
      says('HTTP/1.1 407 Who\r\ncontent-length: 3\r\n\r\nwho'),
      { reason: 'auth-required', status: 407, excerpt: 'who' },
    ],
    [
      'a 502 that ends by closing',
      async (c) => (await c.receiveHead(), await c.send('HTTP/1.0 502 No\r\n\r\nnobody'), c.end()),
      { reason: 'status', status: 502, excerpt: 'nobody' },
    ],
  ]
  test.each(cases)('%s', async (_what, script, facts) => {
    await using proxy = await tidy(rawServer(script))
    await using client = clientFor(target, { proxy: `http://ada:s3cret@127.0.0.1:${proxy.port}` })
    const error = await thrown(client.api.get('/x?q=1'))
    expect(error).toMatchObject({ code: 'proxy', sent: 'no', target: 'GET https://origin.test/x', ...facts })
    expect(error.message).toMatch(new RegExp(`the proxy http://127\\.0\\.0\\.1:${proxy.port}[ :]`))
    await proxy.idle()
    expect(proxy.totalConnections).toBe(1)
    expect(client.stats()).toMatchObject({ connections: 0, queued: 0 })
    expect(proxy.received[0]).toMatch(/^CONNECT origin\.test:443 HTTP\/1\.1\r\n|^$/)
  })

  test('the answer a byte at a time', async () => {
    await using proxy = await tidy(
      rawServer(async (connection) => {
        await connection.receiveHead()
        await connection.sendSlowly('HTTP/1.1 403 No\r\nx: y\r\ncontent-length: 4\r\n\r\nnope')
        await connection.closed
      }),
    )
    await using client = clientFor(target, { proxy: proxy.origin })
    expect(await thrown(client.api.get('/'))).toMatchObject({ reason: 'status', excerpt: 'nope' })
  })
})

test('a proxy that answers in absolute form what a proxy alone may say', async () => {
  await using proxy = await tidy(rawServer(says('HTTP/1.1 407 Who\r\ncontent-length: 3\r\n\r\nwho')))
  await using client = clientFor(plainTarget, { proxy: proxy.origin })
  expect(await thrown(client.api.get('/x'))).toMatchObject({
    code: 'proxy',
    reason: 'auth-required',
    status: 407,
    sent: 'no',
  })
  expect(proxy.requests).toBe(1)
})

test('nobody listens, and names that do not exist', async () => {
  const server = await rawServer(() => undefined)
  const { port } = server
  await server.close()
  for (const origin of [target, plainTarget]) {
    for (const scheme of ['http', 'https', 'socks5', 'socks4a']) {
      await using refused = clientFor(origin, { proxy: `${scheme}://127.0.0.1:${port}` })
      expect(await thrown(refused.api.get('/'))).toMatchObject({ code: 'proxy', reason: 'refused', sent: 'no' })
      await using unknown = clientFor(origin, { proxy: `${scheme}://proxy.invalid:${port}` })
      expect(await thrown(unknown.api.get('/'))).toMatchObject({ code: 'proxy', reason: 'dns', sent: 'no' })
    }
  }
})

describe('connectMs is over all of it', () => {
  const stalls: readonly (readonly [string, string, (connection: RawConnection) => unknown, RegExp])[] = [
    ['http', 'CONNECT without answer', (connection) => connection.stall(), /stopped at the proxy's answer/],
    ['https', 'TLS without answer', (connection) => connection.stall(), /stopped at the TLS handshake with the proxy/],
    ['socks5', 'SOCKS without answer', (connection) => connection.stall(), /stopped at the proxy's answer/],
    [
      'http',
      'TLS in the tunnel without answer',
      async (connection) => {
        await connection.receiveHead()
        await connection.send('HTTP/1.1 200 OK\r\n\r\n')
        await connection.stall()
      },
      /stopped at the TLS handshake$/,
    ],
  ]
  test.each(stalls)('%s: %s', async (scheme, _what, script, words) => {
    await using proxy = await tidy(rawServer(async (connection) => void (await script(connection))))
    const clock = fakeClock()
    await using client = clientFor(
      target,
      { proxy: `${scheme}://127.0.0.1:${proxy.port}`, timeout: { connectMs: 700 } },
      clock,
    )
    const failing = thrown(client.api.get('/'))
    const helloed = (): boolean =>
      (proxy.received[0]?.length ?? 0) > (scheme === 'http' && words.source.endsWith('$') ? 100 : 0)
    await until(helloed, 'the proxy was spoken to')
    await clock.advance(700)
    const error = await failing
    expect(error).toMatchObject({ code: 'timeout', phase: 'connect', limitMs: 700, sent: 'no' })
    expect(error.message).toMatch(words)
    await proxy.idle()
    // The client's own watchdog.
    expect(clock.pending).toBeLessThanOrEqual(1)
  })

  test('a refusal whose reason does not come is told after a second', async () => {
    await using proxy = await tidy(rawServer(says('HTTP/1.1 403 No\r\ncontent-length: 100\r\n\r\nbecau')))
    const clock = fakeClock()
    await using client = clientFor(target, { proxy: proxy.origin }, clock)
    const failing = thrown(client.api.get('/'))
    await until(() => clock.pending >= 3, 'the wait for the reason')
    await clock.advance(1_000)
    expect(await failing).toMatchObject({ code: 'proxy', status: 403, excerpt: 'becau' })
    await proxy.idle()
  })

  test('a call that is cancelled leaves nothing', async () => {
    await using proxy = await tidy(rawServer((connection) => connection.stall()))
    for (const scheme of ['http', 'https', 'socks5', 'socks4a']) {
      await using client = clientFor(target, { proxy: `${scheme}://127.0.0.1:${proxy.port}` })
      const controller = new AbortController()
      const failing = thrown(client.api.get('/', { signal: controller.signal }))
      const before = proxy.totalConnections
      await until(() => proxy.totalConnections > before && (proxy.received.at(-1)?.length ?? 0) > 0)
      controller.abort()
      expect(await failing).toMatchObject({ code: 'aborted', sent: 'no' })
      await proxy.idle()
    }
  })
})

test('no credential is in an error, what it inspects to, its JSON, or the statistics', async () => {
  const secrets = ['s3cret', 'YWRhOnMzY3JldA==', 'xyzzy']
  await using echoing = await tidy(
    rawServer(async (connection) => {
      const head = await connection.receiveHead()
      await connection.send(`HTTP/1.1 403 No\r\ncontent-length: ${head.length}\r\n\r\n${head}`)
      await connection.closed
    }),
  )
  await using client = clientFor(target, {
    proxy: { url: `http://ada:s3cret@127.0.0.1:${echoing.port}`, headers: { 'x-token': 'xyzzy' } },
  })
  const error = await thrown(client.api.get('/'))
  const { excerpt } = error as TransportError
  expect(excerpt).toContain('CONNECT origin.test:443')
  const shown = [
    inspect(error, { depth: 9, showHidden: true }),
    JSON.stringify(error),
    error.message,
    excerpt,
    inspect(client, { depth: 9, showHidden: true }),
    JSON.stringify(client.transport.stats?.()),
  ].join('\n')
  for (const secret of secrets) expect(shown).not.toContain(secret)
  expect(inspect(error)).not.toContain('CONNECT origin')
})

test('500 refusals leave no socket', async () => {
  await using proxy = await tidy(proxyServer({ auth: { username: 'a', password: 'b' } }))
  await using client = clientFor(target, { proxy: proxy.origin })
  for (let round = 0; round < 10; round += 1) {
    const errors = await Promise.all(Array.from({ length: 50 }, () => thrown(client.api.get('/'))))
    expect(errors.every((error) => 'reason' in error && error.reason === 'auth-required')).toBe(true)
  }
  await proxy.idle()
})

test('what is not proxied is not touched', async () => {
  await using server = await tidy(httpServer((request, response) => void response.end(request.url)))
  await using client = clientFor(server, { proxy: () => undefined })
  expect(await text(client.api.get('/x'))).toBe('/x')
})
