import { certificateAuthority, http2Server, httpsServer, testAuthority } from '@halyard/testing'
import type { ConnectionOptions } from 'node:tls'
import { describe, expect, test } from 'vitest'
import type { TlsSource } from '../src/index.ts'
import { clientFor, text, thrown, until } from './kit/client.ts'
import { checkLeaks, tidy } from './kit/tidy.ts'

checkLeaks()

const wanting = { requestCert: true } as const

describe.each([
  ['h1', httpsServer],
  ['h2', http2Server],
] as const)('over %s', (protocol, start) => {
  const hello = (settings = {}) => tidy(start((_request, response) => void response.end('hello'), settings))

  test('a client certificate that is missed after the handshake', async () => {
    await using server = await hello(wanting)
    for (let round = 0; round < 20; round += 1) {
      await using client = clientFor(server)
      expect(await thrown(client.api.request('POST', '/x', { body: 'secret' }))).toMatchObject({
        code: 'tls',
        reason: 'client-certificate-required',
        sent: 'no',
        target: `POST ${server.origin}/x`,
      })
    }
    expect(server.requests).toBe(0)
  })

  test('the facts of a connection', async () => {
    await using server = await hello()
    await using client = clientFor(server)
    const first = await client.api.get('/')
    expect(await text(first)).toBe('hello')
    expect(first.tls).toMatchObject({
      version: 'TLSv1.3',
      resumed: false,
      alpn: protocol === 'h2' ? 'h2' : 'http/1.1',
      certificate: {
        subject: 'CN=localhost',
        issuer: 'CN=Halyard test root',
        names: ['localhost', '127.0.0.1', '0:0:0:0:0:0:0:1'],
      },
    })
    expect(first.tls?.cipher).toMatch(/^TLS_/)
    expect(first.tls?.certificate?.validTo.getTime()).toBeGreaterThan(first.tls?.certificate?.validFrom.getTime() ?? 0)
    const second = await client.api.get('/')
    expect(await text(second)).toBe('hello')
    expect(second.tls).toBe(first.tls)
  })

  test('what is wrong with a certificate comes with its facts', async () => {
    const authority = await certificateAuthority()
    const certificate = await authority.issue({ names: ['other.test', '*.wild.test', '192.0.2.1'] })
    await using server = await hello({ certificate })
    await using client = clientFor(server)
    expect(await thrown(client.api.get('/'))).toMatchObject({
      code: 'tls',
      reason: 'wrong-host',
      certificate: { subject: 'CN=other.test', names: ['other.test', '*.wild.test', '192.0.2.1'] },
    })
  })

  test('sessions are resumed, unless the source says otherwise', async () => {
    await using server = await hello()
    const options: ConnectionOptions = { ca: server.ca }
    for (const sessionReuse of [true, false]) {
      const tls: TlsSource = { current: () => options, sessionReuse }
      await using client = clientFor(server, { tls, pool: { maxRequestsPerConnection: 1 } })
      const resumed: (boolean | undefined)[] = []
      for (let call = 0; call < 3; call += 1) {
        const response = await client.api.get('/')
        expect(await text(response)).toBe('hello')
        resumed.push(response.tls?.resumed)
      }
      expect(resumed).toEqual([false, sessionReuse, sessionReuse])
    }
  })

  test('new material makes new connections, without a session of the old ones', async () => {
    const authority = await testAuthority()
    await using server = await hello()
    let options: ConnectionOptions = { ca: authority.cert }
    await using client = clientFor(server, { tls: { current: () => options } })
    for (const expected of [1, 1, 2, 2]) {
      if (expected === 2 && server.totalConnections === 1) options = { ca: authority.cert }
      const response = await client.api.get('/')
      expect(await text(response)).toBe('hello')
      expect([server.totalConnections, response.tls?.resumed]).toEqual([expected, false])
    }
  })

  test.each([
    [
      'at once',
      (error: Error) => {
        throw error
      },
    ],
    ['later', (error: Error) => Promise.reject(error)],
  ])('a source refuses a connection %s', async (_when, refuse) => {
    await using server = await hello()
    const hosts: string[] = []
    const tls: TlsSource = {
      current: () => options,
      verify: (_socket, host) => {
        hosts.push(host)
        return refuse(Object.assign(new Error('not mine'), { reason: 'pin' }))
      },
    }
    const options: ConnectionOptions = { ca: server.ca }
    await using client = clientFor(server, { tls })
    expect(await thrown(client.api.get('/'))).toMatchObject({
      code: 'tls',
      reason: 'pin',
      sent: 'no',
      certificate: { subject: 'CN=localhost' },
    })
    expect(hosts).toEqual(['127.0.0.1'])
    expect(server.requests).toBe(0)
    await until(() => server.connections === 0)
  })

  test.each([
    ['connectMs', { connectMs: 50 }, undefined, 50],
    ['handshakeTimeoutMs', {}, 40, 40],
  ])('%s covers a verdict that does not come', async (_what, timeout, handshakeTimeoutMs, limitMs) => {
    await using server = await hello()
    const options: ConnectionOptions = { ca: server.ca }
    const tls: TlsSource = { current: () => options, verify: () => new Promise(() => {}), handshakeTimeoutMs }
    await using client = clientFor(server, { tls, timeout })
    expect(await thrown(client.api.get('/'))).toMatchObject({ code: 'timeout', phase: 'connect', limitMs, sent: 'no' })
    await until(() => server.connections === 0)
  })
})
