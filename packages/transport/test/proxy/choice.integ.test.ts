import { env } from 'node:process'
import { inspect } from 'node:util'
import type { LookupFunction } from 'node:net'
import { httpServer, proxyServer, socksServer, unixServer } from '@halyard/testing'
import { afterEach, describe, expect, test } from 'vitest'
import { connectionPool, transport, type ProxyOption, type TransportOptions } from '../../src/index.ts'
import { clientFor, text, thrown } from '../kit/client.ts'
import { checkLeaks, tidy } from '../kit/tidy.ts'

checkLeaks()

const named = ({ port }: { readonly port: number }) => ({ origin: `http://origin.test:${port}`, ca: undefined })
const ok = () => tidy(httpServer((_request, response) => void response.end('ok')))

describe('which proxy', () => {
  afterEach(() => {
    delete env['http_proxy']
    delete env['no_proxy']
  })

  test('a function, for each request; the same words are the same connections', async () => {
    await using server = await ok()
    await using one = await tidy(proxyServer())
    await using two = await tidy(proxyServer())
    const asked: string[] = []
    await using client = clientFor(named(server), {
      proxy: (url) => {
        asked.push(url.href)
        return url.pathname === '/two' ? { url: two.origin } : one.origin
      },
    })
    for (const path of ['/one?q=1', '/two', '/two', '/one']) expect(await text(client.api.get(path))).toBe('ok')
    expect(asked.map((href) => new URL(href).pathname)).toEqual(['/one', '/two', '/two', '/one'])
    expect([one.totalConnections, two.totalConnections]).toEqual([1, 1])
    expect([one.requests, two.requests]).toEqual([2, 2])
  })

  test('a function that throws, or says nonsense', async () => {
    const cause = new Error('mine')
    await using throws = clientFor(
      { origin: 'http://a.test', ca: undefined },
      {
        proxy: () => {
          throw cause
        },
      },
    )
    expect(await thrown(throws.api.get('/'))).toMatchObject({ code: 'proxy', reason: 'choice', sent: 'no', cause })
    await using wrong = clientFor({ origin: 'http://a.test', ca: undefined }, { proxy: () => 'gopher://u:s3cret@p' })
    const error = await thrown(wrong.api.get('/'))
    expect(error).toMatchObject({ code: 'config', sent: 'no' })
    expect(inspect(error)).not.toContain('s3cret')
  })

  test('the environment, as it was when the client was made', async () => {
    await using server = await ok()
    await using proxy = await tidy(proxyServer())
    env['http_proxy'] = proxy.origin
    env['no_proxy'] = 'exempt.test'
    const lookup = ((_host: string, _options: unknown, callback: (error: null, found: unknown) => void) =>
      callback(null, [{ address: '127.0.0.1', family: 4 }])) as LookupFunction
    await using client = clientFor(named(server), { proxy: 'env', lookup })
    delete env['http_proxy']
    expect(await text(client.api.get('/'))).toBe('ok')
    expect(proxy.requests).toBe(1)
    // Loopback, and what no_proxy names.
    for (const host of ['127.0.0.1', 'localhost', 'exempt.test']) {
      const own = { 'proxy-authorization': 'Basic eA==' }
      expect(await text(client.api.get(`http://${host}:${server.port}/`, { headers: own }))).toBe('ok')
    }
    expect(proxy.requests).toBe(1)
  })

  test('the proxy’s name is resolved by the client’s lookup', async () => {
    await using server = await ok()
    await using proxy = await tidy(proxyServer())
    const names: string[] = []
    const lookup = ((host: string, _options: unknown, callback: (error: null, found: unknown) => void) => {
      names.push(host)
      callback(null, [
        { address: '::1', family: 6 },
        { address: '127.0.0.1', family: 4 },
      ])
    }) as LookupFunction
    await using client = clientFor(named(server), { proxy: `http://proxy.test:${proxy.port}`, lookup })
    expect(await text(client.api.get('/'))).toBe('ok')
    expect(names).toEqual(['proxy.test'])
  })

  test('SOCKS4 has no names: they are resolved here', async () => {
    await using server = await ok()
    await using proxy = await tidy(socksServer())
    const answering = (...addresses: readonly string[]): LookupFunction =>
      ((_host: string, _options: unknown, callback: (error: null, found: unknown) => void) =>
        callback(
          null,
          addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
        )) as LookupFunction
    const url = `socks4://ada@127.0.0.1:${proxy.port}`
    await using client = clientFor(named(server), { proxy: url, lookup: answering('::1', '127.0.0.1') })
    expect(await text(client.api.get('/'))).toBe('ok')
    expect(proxy.asked).toMatchObject([{ method: 'SOCKS4', target: `127.0.0.1:${server.port}`, credentials: 'ada' }])
    await using none = clientFor(named(server), { proxy: url, lookup: answering('::1') })
    expect(await thrown(none.api.get('/'))).toMatchObject({ code: 'proxy', reason: 'dns' })
  })
})

describe('pools', () => {
  test('connections are not shared between proxies, nor with who uses none', async () => {
    await using server = await ok()
    await using proxy = await tidy(proxyServer())
    await using pool = connectionPool()
    const lookup = ((_host: string, _options: unknown, callback: (error: null, found: unknown) => void) =>
      callback(null, [{ address: '127.0.0.1', family: 4 }])) as LookupFunction
    const logins = ['', 'ada:one@', 'ada:two@']
    for (const login of logins) {
      await using client = clientFor(named(server), { pool, lookup, proxy: `http://${login}127.0.0.1:${proxy.port}` })
      expect(await text(client.api.get('/'))).toBe('ok')
    }
    await using direct = clientFor(named(server), { pool, lookup })
    expect(await text(direct.api.get('/'))).toBe('ok')
    expect(proxy.totalConnections).toBe(3)
    expect(proxy.asked.map(({ credentials }) => credentials)).toEqual([undefined, 'ada:one', 'ada:two'])
    expect(inspect(pool, { depth: 9, showHidden: true }) + JSON.stringify(pool.stats())).not.toMatch(/one|two/)
  })
})

describe('the guard', () => {
  const denied = [
    '127.0.0.1',
    'localhost',
    '[::1]',
    '10.0.0.1',
    'intranet',
    'db.internal',
    'printer.local',
    '169.254.169.254',
  ]
  test.each(['http', 'socks5', 'socks4a'])('judges targets of %s by name', async (scheme) => {
    await using server = await ok()
    await using proxy = await tidy(scheme === 'http' ? proxyServer() : socksServer())
    const options: TransportOptions = {
      proxy: `${scheme}://127.0.0.1:${proxy.port}`,
      guard: { privateNetworks: 'deny' },
    }
    await using client = clientFor(named(server), options)
    for (const host of denied) {
      const error = await thrown(client.api.get(`http://${host}:${server.port}/`))
      expect(error).toMatchObject({ code: 'rejected', by: 'guard', sent: 'no' })
    }
    expect(proxy.totalConnections).toBe(0)
    // The proxy is on loopback, and trusted.
    expect(await text(client.api.get('/'))).toBe('ok')
    await using allowing = clientFor(named(server), {
      ...options,
      guard: { privateNetworks: 'deny', allow: ['db.internal'] },
    })
    expect(await text(allowing.api.get(`http://db.internal:${server.port}/`))).toBe('ok')
  })

  test('judges targets of SOCKS4 by address', async () => {
    await using proxy = await tidy(socksServer())
    const lookup = ((_host: string, _options: unknown, callback: (error: null, found: unknown) => void) =>
      callback(null, [{ address: '169.254.169.254', family: 4 }])) as LookupFunction
    const options: TransportOptions = {
      proxy: `socks4://127.0.0.1:${proxy.port}`,
      lookup,
      guard: { privateNetworks: 'deny' },
    }
    await using client = clientFor({ origin: 'http://name.test', ca: undefined }, options)
    expect((await thrown(client.api.get('/'))).message).toContain('name.test resolves to 169.254.169.254')
    expect(proxy.totalConnections).toBe(0)
  })
})

describe('options', () => {
  test.each<[what: string, wrong: unknown, option: string]>([
    ['another scheme', 'ftp://u:s3cret@p', 'proxy'],
    ['no scheme', 'u:s3cret@p:3128', 'proxy'],
    ['no host', 'http://u:s3cret@', 'proxy'],
    ['a path', 'http://u:s3cret@p/s3cret', 'proxy'],
    ['a query', 'http://u:s3cret@p/?s3cret', 'proxy'],
    ['a stray percent', 'http://u:%s3cret@p', 'proxy'],
    ['a colon in the name', { url: 'http://p', auth: { username: 's3:cret', password: '' } }, 'proxy'],
    ['a line in the password', { url: 'http://p', auth: { username: 'a', password: 's3cret\r\nx: y' } }, 'proxy'],
    ['a NUL in a SOCKS4 user', 'socks4://u%00s3cret@p', 'proxy'],
    ['a password for SOCKS4', 'socks4a://u:s3cret@p', 'proxy'],
    ['no password for SOCKS5', 'socks5://s3cret@p', 'proxy'],
    ['a long password for SOCKS5', `socks5://a:${'s3cret'.repeat(50)}@p`, 'proxy'],
    ['headers for SOCKS', { url: 'socks5://p', headers: { 'x-token': 's3cret' } }, 'proxy.headers'],
    ['a field of the message', { url: 'http://p', headers: { host: 's3cret' } }, 'proxy.headers'],
    ['a line in a field', { url: 'http://p', headers: { 'x-token': 's3cret\r\n' } }, 'headers["x-token"]'],
    ['credentials twice', { url: 'http://a:b@p', headers: { 'Proxy-Authorization': 's3cret' } }, 'proxy.headers'],
    ['no url', { auth: { username: 'a', password: 's3cret' } }, 'proxy.url'],
    ['an unknown name', { url: 'http://p', password: 's3cret' }, 'proxy.password'],
    ['a promise', Promise.resolve('http://p'), 'proxy'],
    ['a number', 8080, 'proxy'],
    ['true', true, 'proxy'],
  ])('%s', (_what, wrong, option) => {
    let error: unknown
    try {
      transport({ proxy: wrong as ProxyOption })
    } catch (thrownError) {
      error = thrownError
    }
    expect(error).toMatchObject({ code: 'config', option })
    expect(inspect(error) + JSON.stringify(error)).not.toContain('s3cret')
  })

  test('a unix socket and a proxy are two ways', async () => {
    await using server = await tidy(unixServer((_request, response) => void response.end('ok')))
    expect(() => transport({ socketPath: server.socketPath, proxy: 'http://p' })).toThrow(/^proxy: expected nothing/)
    await using client = clientFor(server, { socketPath: server.socketPath, proxy: false })
    expect(await text(client.api.get('/'))).toBe('ok')
  })

  test.each([
    ['http://p', 'http://p:80'],
    ['HTTP://P:80/', 'http://p:80'],
    ['https://p', 'https://p:443'],
    ['socks5://p:80', 'socks5://p:80'],
    ['socks4://p:21', 'socks4://p:21'],
    ['socks5://u:p@[::1]', 'socks5://[::1]:1080'],
    ['http://0x7f.1:3128', 'http://127.0.0.1:3128'],
  ])('%s is %s', async (url, label) => {
    const lookup = ((_host: string, _options: unknown, callback: (error: Error) => void) =>
      callback(Object.assign(new Error('x'), { code: 'ENOTFOUND' }))) as LookupFunction
    await using client = clientFor({ origin: 'http://a.test', ca: undefined }, { proxy: url, lookup })
    expect((await thrown(client.api.get('/'))).message).toContain(`: the proxy ${label}: `)
  })
})
