import { certificateAuthority, httpsServer, http2Server, testAuthority, type ServerHandler } from '@halyard/testing'
import { TLSSocket } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { createClient, dns, type ClientEndpoint } from '../../src/index.ts'
import { rejection } from '../support/thrown.ts'

/** Answers with the name of the client's certificate, and the credential that came. */
const whoami: ServerHandler = (request, response) => {
  const { socket, headers } = request
  const subject = socket instanceof TLSSocket ? socket.getPeerCertificate().subject : undefined
  const { host = headers[':authority'], 'x-key': key = 'no key' } = headers
  response.end([subject?.CN ?? 'nobody', key, host].join(' '))
}

const asking = { requestCert: true, node: { rejectUnauthorized: false } }

describe.each([
  ['h1 over TLS', httpsServer],
  ['h2', http2Server],
])('over %s', (_name, start) => {
  test('each endpoint gets its own identity and its own headers, and no other', async () => {
    const authority = await testAuthority()
    const [ada, bob] = await Promise.all(
      ['ada', 'bob'].map((commonName) => authority.issue({ commonName, usages: 'client' })),
    )
    if (ada === undefined || bob === undefined) throw new Error('two')
    await using first = await start(whoami, asking)
    await using second = await start(whoami, asking)
    await using third = await start(whoami, asking)
    const ca = authority.cert
    const endpoints: ClientEndpoint[] = [
      { url: first.origin, tls: { ca, cert: ada.cert, key: ada.key }, headers: { 'x-key': 'of ada' } },
      { url: second.origin, tls: { ca, cert: bob.cert, key: bob.key } },
      // As the client is.
      { url: third.origin },
    ]
    const api = createClient(endpoints, { tls: { ca }, balance: { strategy: 'round-robin' } })
    const seen: string[] = []
    for (let round = 0; round < 6; round += 1) seen.push(await api.get('/').text())
    const expected = [
      `ada of ada ${new URL(first.origin).host}`,
      `bob no key ${new URL(second.origin).host}`,
      `nobody no key ${new URL(third.origin).host}`,
    ]
    expect([...new Set(seen)].toSorted()).toEqual(expected.toSorted())
    await api.close()
  })

  test('an identity stays with its endpoint when another one fails over', async () => {
    const authority = await testAuthority()
    const ada = await authority.issue({ commonName: 'ada', usages: 'client' })
    await using down = await start((_request, response) => {
      response.statusCode = 503
      response.end()
    }, asking)
    await using up = await start(whoami, asking)
    const ca = authority.cert
    const api = createClient(
      [
        { url: down.origin, tls: { ca, cert: ada.cert, key: ada.key }, headers: { 'x-key': 'secret' } },
        { url: up.origin },
      ],
      { tls: { ca }, balance: { strategy: 'ordered' } },
    )
    expect(await api.get('/').text()).toBe(`nobody no key ${new URL(up.origin).host}`)
    expect(down.requests).toBe(1)
    await api.close()
  })

  test('the trust of one endpoint is not that of another', async () => {
    const other = await certificateAuthority()
    await using server = await start(whoami)
    const ca = server.ca ?? ''
    const api = createClient([{ url: server.origin, tls: { ca: other.cert } }], { tls: { ca }, retry: false })
    expect(await rejection(api.get('/'))).toMatchObject({ code: 'tls', sent: 'no' })
    expect(server.requests).toBe(0)
    await api.close()
  })

  test('addresses of a name are asked and verified as that name', async () => {
    const certificate = await (await testAuthority()).issue({ names: ['api.test'] })
    await using server = await start(whoami, { certificate })
    const { port } = new URL(server.origin)
    const resolver = {
      resolve4: () => Promise.resolve(['127.0.0.1']),
      resolve6: () => Promise.resolve([]),
      resolveSrv: () => Promise.resolve([]),
    }
    const source = dns({ name: 'api.test', protocol: 'https', port: Number(port), resolver })
    const api = createClient(source, { tls: { ca: server.ca ?? '' } })
    expect(await api.get('/').text()).toBe(`nobody no key api.test:${port}`)
    expect(api.endpoints()).toMatchObject([{ url: `https://127.0.0.1:${port}`, serverName: 'api.test' }])
    await api.close()
  })
})

test('two identities for one origin, and wrong material, are refused by name', async () => {
  const ca = (await testAuthority()).cert
  const url = 'https://a.test'
  const endpoints = [
    { url: `${url}/one`, tls: { ca } },
    { url: `${url}/two`, tls: { ca } },
  ]
  expect(() => createClient(endpoints)).toThrow(/endpoints\[1\]\.tls: expected one identity for each origin/)
  expect(() => createClient([{ url, tls: { ca: '/no/such/file.pem' } }])).toThrow(/endpoints\[0\]\.tls\.ca: .*ENOENT/)
  expect(() => createClient([{ url, tls: { cas: ca } as object }])).toThrow(/endpoints\[0\]\.tls\.cas.*'ca'/)
})

test('a polluted Object.prototype gives no endpoint an identity', () => {
  Object.defineProperty(Object.prototype, 'tls', { value: { insecure: 'polluted' }, configurable: true })
  try {
    expect(createClient([{ url: 'https://a.test' }]).endpoints()).toHaveLength(1)
  } finally {
    Reflect.deleteProperty(Object.prototype, 'tls')
  }
})
