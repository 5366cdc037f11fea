import { createServer, type LookupFunction } from 'node:net'
import type { TransportError } from '@halyard/core'
import {
  certificateAuthority,
  http2Server,
  httpServer,
  httpsServer,
  rawServer,
  unixServer,
  type CertificateRequest,
} from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { clientFor, text, thrown, until } from './kit/client.ts'
import { checkLeaks, tidy } from './kit/tidy.ts'

checkLeaks()

const ok = () => tidy(httpServer((_request, response) => void response.end('ok')))

/** Resolves every name to these addresses. */
const resolving = (...addresses: readonly string[]): LookupFunction =>
  ((_host: string, _options: unknown, callback: (error: null, found: unknown) => void) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )) as LookupFunction

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' ? (address?.port ?? 1) : 1
}

test('refused', async () => {
  const origin = `http://127.0.0.1:${await closedPort()}`
  await using client = clientFor({ origin, ca: undefined })
  const errors = await Promise.all(
    ['GET', 'POST', 'PUT'].map((method) => thrown(client.api.request(method, '/x', { body: 'x' }))),
  )
  for (const error of errors) expect(error).toMatchObject({ code: 'connect', reason: 'refused', sent: 'no' })
  expect((errors[1] as TransportError).target).toBe(`POST ${origin}/x`)
  expect(client.stats()).toMatchObject({ connections: 0, queued: 0 })
})

test('a name that does not exist', async () => {
  await using client = clientFor({ origin: 'http://does-not-exist.invalid', ca: undefined })
  expect(await thrown(client.api.get('/'))).toMatchObject({ code: 'connect', reason: 'dns', sent: 'no' })
})

test.each([
  [
    'fails',
    ((_host, _options, callback) =>
      callback(Object.assign(new Error('x'), { code: 'ENOTFOUND' }), '')) as LookupFunction,
    'dns',
  ],
  ['gives nothing', resolving(), 'unknown'],
  [
    'throws',
    (() => {
      throw new Error('mine')
    }) as LookupFunction,
    'unknown',
  ],
])('a lookup that %s', async (_how, lookup, reason) => {
  await using client = clientFor({ origin: 'http://name.test', ca: undefined }, { lookup })
  expect(await thrown(client.api.get('/'))).toMatchObject({ code: 'connect', reason, sent: 'no' })
  expect(await thrown(client.api.get('/'))).toMatchObject({ code: 'connect', reason, sent: 'no' })
})

test('the caller’s lookup is asked, and Host keeps the name', async () => {
  await using server = await tidy(httpServer((request, response) => void response.end(request.headers.host)))
  await using client = clientFor(
    { origin: `http://name.test:${server.port}`, ca: undefined },
    { lookup: resolving('127.0.0.1') },
  )
  expect(await text(client.api.get('/'))).toBe(`name.test:${server.port}`)
})

test('a lookup that answers with one address', async () => {
  await using server = await ok()
  const lookup = ((
    _host: string,
    _options: unknown,
    callback: (error: null, address: string, family: number) => void,
  ) => callback(null, '127.0.0.1', 4)) as LookupFunction
  await using client = clientFor({ origin: `http://name.test:${server.port}`, ca: undefined }, { lookup })
  expect(await text(client.api.get('/'))).toBe('ok')
})

test.each([
  ['the first is dead', ['::1', '127.0.0.1']],
  ['all but the last are dead', ['::1', '127.1.2.3', '127.1.2.4', '127.1.2.5', '127.0.0.1']],
  ['the second is dead', ['127.0.0.1', '::1']],
])('of several addresses the one that answers is taken: %s', async (_what, addresses) => {
  await using server = await ok()
  await using client = clientFor(
    { origin: `http://name.test:${server.port}`, ca: undefined },
    { lookup: resolving(...addresses), timeout: { connectMs: 4_000 } },
  )
  expect(await text(client.api.get('/'))).toBe('ok')
  expect(server.totalConnections).toBe(1)
})

test('an error when every address fails', async () => {
  const port = await closedPort()
  await using client = clientFor(
    { origin: `http://name.test:${port}`, ca: undefined },
    { lookup: resolving('127.0.0.1', '127.1.2.3') },
  )
  const error = await thrown(client.api.get('/'))
  expect(error).toMatchObject({ code: 'connect', reason: 'refused', sent: 'no' })
  expect(error.message).toContain('every address failed')
})

test('IPv6', async () => {
  const server = createServer((socket) => {
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nsix'))
  }).listen(0, '::1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await using client = clientFor({
    origin: `http://[::1]:${typeof address === 'object' ? (address?.port ?? 0) : 0}`,
    ca: undefined,
  })
  expect(await text(client.api.get('/'))).toBe('six')
  await new Promise((resolve) => server.close(resolve))
})

describe('unix sockets', () => {
  test('a request, and its Host', async () => {
    await using server = await tidy(unixServer((request, response) => void response.end(request.headers.host)))
    await using client = clientFor(server, { socketPath: server.socketPath })
    for (let call = 0; call < 3; call += 1) expect(await text(client.api.get('/'))).toBe('localhost')
    expect(server.totalConnections).toBe(1)
  })

  test('one that is not there', async () => {
    await using client = clientFor(
      { origin: 'http://localhost', ca: undefined },
      { socketPath: '/nowhere/halyard.sock' },
    )
    expect(await thrown(client.api.get('/'))).toMatchObject({ code: 'connect', reason: 'refused', sent: 'no' })
  })
})

describe('TLS', () => {
  const hourMs = 3_600_000
  const past = (hours: number): Date => new Date(Date.now() - hours * hourMs)
  const future = (hours: number): Date => new Date(Date.now() + hours * hourMs)

  test.each<readonly [string, CertificateRequest, string]>([
    ['expired', { notBefore: past(48), notAfter: past(1) }, 'expired'],
    ['not valid yet', { notBefore: future(1), notAfter: future(48) }, 'not-yet-valid'],
    ['for another host', { names: ['other.test'] }, 'wrong-host'],
    ['for another address', { names: ['127.0.0.2'] }, 'wrong-host'],
    ['for clients only', { usages: 'client' }, 'wrong-purpose'],
  ])('a certificate that is %s', async (_what, request, reason) => {
    const authority = await certificateAuthority()
    const certificate = await authority.issue(request)
    for (const start of [httpsServer, http2Server]) {
      await using server = await tidy(start((_request, response) => void response.end(), { certificate }))
      await using client = clientFor(server)
      expect(await thrown(client.api.request('POST', '/', { body: 'secret' }))).toMatchObject({
        code: 'tls',
        reason,
        sent: 'no',
      })
      expect(server.requests).toBe(0)
    }
  })

  test('an unknown authority', async () => {
    await using server = await tidy(httpsServer((_request, response) => void response.end()))
    await using client = clientFor({ origin: server.origin, ca: undefined })
    expect(await thrown(client.api.get('/'))).toMatchObject({ code: 'tls', reason: 'unknown-authority', sent: 'no' })
    const other = await certificateAuthority()
    await using trusting = clientFor(server, { tls: { ca: other.cert } })
    expect(await thrown(trusting.api.get('/'))).toMatchObject({ code: 'tls', sent: 'no' })
  })

  test('a server that speaks no TLS', async () => {
    await using server = await ok()
    await using client = clientFor({ origin: server.origin.replace('http:', 'https:'), ca: undefined })
    expect(await thrown(client.api.get('/'))).toMatchObject({ code: 'tls', sent: 'no' })
  })

  test.each(['end', 'reset'] as const)('a server that leaves in the handshake: %s', async (how) => {
    await using server = await tidy(
      rawServer(async (connection) => {
        await connection.receiveBytes(1)
        await connection[how]()
      }),
    )
    await using client = clientFor({ origin: server.origin.replace('http:', 'https:'), ca: undefined })
    const error = await thrown(client.api.get('/'))
    expect(error).toMatchObject({ sent: 'no' })
    expect(['connect', 'tls']).toContain((error as TransportError).code)
  })

  test('a server that wants a certificate of ours', async () => {
    const authority = await certificateAuthority()
    await using server = await tidy(
      httpsServer((_request, response) => void response.end('ok'), { requestCert: true, ca: authority.cert }),
    )
    await using without = clientFor(server)
    // With TLS 1.3 the alert comes after the handshake, and its socket may end before it is read.
    expect(['tls', 'socket']).toContain(((await thrown(without.api.get('/'))) as TransportError).code)
    expect(server.requests).toBe(0)
    const { cert, key } = await authority.issue({ names: ['client'], usages: 'client' })
    await using client = clientFor(server, { tls: { ca: server.ca, cert, key } })
    expect(await text(client.api.get('/'))).toBe('ok')
  })
})

describe('given up while connecting', () => {
  test.each([
    ['name resolution', 'http://name.test', (() => {}) as LookupFunction],
    ['the handshake', undefined, undefined],
  ])('in %s', async (_step, origin, lookup) => {
    await using server = await tidy(rawServer((connection) => connection.stall()))
    await using client = clientFor(
      { origin: origin ?? server.origin.replace('http:', 'https:'), ca: undefined },
      lookup === undefined ? {} : { lookup },
    )
    const controller = new AbortController()
    const failed = thrown(client.api.get('/', { signal: controller.signal }))
    await until(() => client.stats().connections === 1)
    if (lookup === undefined) await until(() => server.connections === 1)
    controller.abort(new Error('enough'))
    expect(await failed).toMatchObject({ code: 'aborted', sent: 'no', cause: new Error('enough') })
    await until(() => client.stats().connections === 0 && server.connections === 0)
    expect(client.stats()).toMatchObject({ connections: 0, queued: 0 })
  })
})
