import { httpsServer, testAuthority, certificateAuthority, type ServerHandler } from '@halyard/testing'
import type { TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import { connectionPool, createClient } from '../../src/index.ts'
import { rejection } from '../support/thrown.ts'

/** Answers with the name of the client's certificate. */
const whoami: ServerHandler = (request, response) => {
  const { subject } = (request.socket as TLSSocket).getPeerCertificate()
  response.end(String(subject?.CN ?? 'nobody'))
}

test('clients of different certificates never share a connection, whatever the pool', async () => {
  const authority = await testAuthority()
  const [ada, bob] = await Promise.all(
    ['ada', 'bob'].map((commonName) => authority.issue({ commonName, usages: 'client' })),
  )
  await using server = await httpsServer(whoami, { requestCert: true, node: { rejectUnauthorized: false } })
  const ca = server.ca ?? ''
  await using pool = connectionPool({})
  const one = createClient(server.origin, { pool, tls: { ca, cert: ada?.cert ?? '', key: ada?.key ?? '' } })
  const two = createClient(server.origin, { pool, tls: { ca, cert: bob?.cert ?? '', key: bob?.key ?? '' } })
  const none = createClient(server.origin, { pool, tls: { ca } })
  for (let round = 0; round < 3; round += 1) {
    const seen = [await one.get('/').text(), await two.get('/').text(), await none.get('/').text()]
    expect(seen).toEqual(['ada', 'bob', 'nobody'])
  }
  expect(server.totalConnections).toBe(3)
})

test('a client that trusts does not lend its connections to one that does not', async () => {
  const other = await certificateAuthority()
  await using server = await httpsServer(whoami)
  await using pool = connectionPool({})
  const config = { pool, httpVersion: '1.1' } as const
  const insecure = createClient(server.origin, { ...config, tls: { insecure: true } })
  expect(await insecure.get('/').text()).toBe('nobody')
  const trusting = createClient(server.origin, { ...config, tls: { ca: server.ca ?? '' } })
  expect(await trusting.get('/').text()).toBe('nobody')
  for (const tls of [{}, { ca: other.cert }]) {
    const strict = createClient(server.origin, { ...config, tls })
    expect(await rejection(strict.get('/'))).toMatchObject({ code: 'tls', sent: 'no' })
  }
  const plain = createClient(server.origin, config)
  expect(await rejection(plain.get('/'))).toMatchObject({ code: 'tls', sent: 'no' })
  expect(server.requests).toBe(2)
})

test('names are verified, unless said otherwise', async () => {
  const certificate = await (await testAuthority()).issue({ names: ['elsewhere.test'] })
  await using server = await httpsServer(whoami, { certificate })
  const ca = server.ca ?? ''
  await using strict = createClient(server.origin, { tls: { ca } })
  expect(await rejection(strict.get('/'))).toMatchObject({ code: 'tls', reason: 'wrong-host' })
  await using lax = createClient(server.origin, { tls: { ca, verifyHostname: false } })
  expect(await lax.get('/').text()).toBe('nobody')
  await using named = createClient(server.origin, { tls: { ca, serverName: 'elsewhere.test' } })
  expect(await named.get('/').text()).toBe('nobody')
})
