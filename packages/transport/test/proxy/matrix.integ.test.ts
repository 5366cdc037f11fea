import {
  http2Server,
  h2cServer,
  httpServer,
  httpsServer,
  certificateAuthority,
  proxyServer,
  socksServer,
  type LocalServer,
  type ProxiedRequest,
  type ProxySettings,
  type ServerHandler,
} from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import type { ProxyChoice, TransportOptions } from '../../src/index.ts'
import { clientFor, streamed, text, thrown } from '../kit/client.ts'
import { checkLeaks, tidy } from '../kit/tidy.ts'

checkLeaks()

interface StartedProxy extends AsyncDisposable {
  readonly asked: readonly ProxiedRequest[]
  readonly connections: number
  readonly proxy: (login?: string) => string | ProxyChoice
}

const auth = { username: 'ada', password: 'p@ss:word' }
const login = 'ada:p%40ss%3Aword@'

async function httpProxy(settings: ProxySettings): Promise<StartedProxy> {
  const server = await tidy(proxyServer(settings))
  return Object.assign(server, { proxy: (who = '') => `http://${who}127.0.0.1:${server.port}` })
}
async function httpsProxy(settings: ProxySettings): Promise<StartedProxy> {
  const server = await tidy(proxyServer({ ...settings, secure: true }))
  const tls = { ca: server.ca }
  return Object.assign(server, { proxy: (who = '') => ({ url: `https://${who}127.0.0.1:${server.port}`, tls }) })
}
const socks =
  (scheme: string) =>
  async (settings: ProxySettings): Promise<StartedProxy> => {
    const server = await tidy(socksServer(settings))
    const who = (given: string): string => (scheme === 'socks4a' ? given.replace(/:.*@/, '@') : given)
    return Object.assign(server, { proxy: (given = '') => `${scheme}://${who(given)}127.0.0.1:${server.port}` })
  }

const proxies = [
  { kind: 'http', start: httpProxy },
  { kind: 'https', start: httpsProxy },
  { kind: 'socks4a', start: socks('socks4a') },
  { kind: 'socks5', start: socks('socks5') },
]

const names = { certificate: await certificateAuthority().then((root) => root.issue({ names: ['origin.test'] })) }
const origins: readonly {
  readonly what: string
  readonly start: (handler: ServerHandler) => Promise<LocalServer>
  readonly version: string
  readonly options?: TransportOptions
}[] = [
  { what: 'http', start: (handler) => httpServer(handler), version: '1.1' },
  { what: 'https', start: (handler) => httpsServer(handler, names), version: '1.1' },
  { what: 'h2', start: (handler) => http2Server(handler, names), version: '2' },
  { what: 'h2c', start: (handler) => h2cServer(handler), version: '2', options: { http2: { priorKnowledge: true } } },
]

describe.each(proxies)('through a $kind proxy', ({ kind, start: startProxy }) => {
  describe.each(origins)('to an $what origin', ({ what, start, version, options }) => {
    const named = (server: LocalServer): { origin: string; ca: string | undefined } => ({
      origin: `${server.ca === undefined ? 'http' : 'https'}://origin.test:${server.port}`,
      ca: server.ca,
    })

    test('requests get there, the name is the proxy’s to resolve, and no credential is', async () => {
      const heads: Record<string, unknown>[] = []
      await using server = await tidy(
        start(async (request, response) => {
          heads.push({ ...request.headers, url: request.url })
          const body = []
          for await (const chunk of request) body.push(chunk)
          response.end(`${request.method} ${Buffer.concat(body).toString()}`)
        }),
      )
      await using proxy = await startProxy({ auth })
      await using client = clientFor(named(server), { ...options, proxy: proxy.proxy(login) })
      const own = { 'proxy-authorization': 'Basic bWluZQ==' }
      const response = await client.api.request('POST', '/a?b=1', { body: 'hello', headers: own })
      expect(response.httpVersion).toBe(version)
      expect(await text(response)).toBe('POST hello')
      expect(await text(client.api.get('/again'))).toBe('GET ')
      expect(JSON.stringify(heads)).not.toMatch(/proxy-auth/i)
      expect(heads[0]).toMatchObject({ url: '/a?b=1' })
      const target =
        kind.startsWith('http') && what === 'http' ? `${named(server).origin}/a?b=1` : `origin.test:${server.port}`
      const credentials = kind === 'socks4a' ? 'ada' : 'ada:p@ss:word'
      expect(proxy.asked[0]).toMatchObject({ target, credentials })
      // A tunnel is asked for once.
      expect(server.totalConnections).toBe(kind.startsWith('http') && what === 'http' ? 2 : 1)
      expect(JSON.stringify(client.stats())).not.toContain('ada')
    })

    test('large bodies both ways', async () => {
      await using server = await tidy(start((request, response) => void request.pipe(response)))
      await using proxy = await startProxy({})
      await using client = clientFor(named(server), { ...options, proxy: proxy.proxy() })
      const body = 'x'.repeat(1_000_000)
      expect((await streamed(client.api.request('POST', '/', { body }))).length).toBe(body.length)
      const many = await Promise.all(
        [1, 2, 3, 4].map((at) => text(client.api.request('POST', `/${at}`, { body: `${at}` }))),
      )
      expect(many).toEqual(['1', '2', '3', '4'])
    })

    test('no credentials, where they are wanted', async () => {
      await using server = await tidy(start((_request, response) => void response.end('never')))
      await using proxy = await startProxy({ auth })
      await using client = clientFor(named(server), { ...options, proxy: proxy.proxy() })
      const error = await thrown(client.api.get('/x'))
      expect(error).toMatchObject({ code: 'proxy', reason: 'auth-required', sent: 'no' })
      expect(error.message).toContain(`GET ${named(server).origin}/x: the proxy ${kind}://127.0.0.1:`)
      expect(server.totalConnections).toBe(0)
      expect(proxy.asked.length).toBeLessThanOrEqual(1)
    })
  })

  test.each(origins.filter(isSecure))(
    'a certificate of an $what origin that is not right is refused',
    async ({ start }) => {
      await using origin = await tidy(start((_request, response) => void response.end('never')))
      await using proxy = await startProxy({})
      await using client = clientFor(
        { origin: `https://origin.test:${origin.port}`, ca: undefined },
        { tls: {}, proxy: proxy.proxy() },
      )
      expect(await thrown(client.api.get('/'))).toMatchObject({ code: 'tls', reason: 'unknown-authority' })
      await using wrong = clientFor(
        { origin: `https://other.test:${origin.port}`, ca: origin.ca },
        { proxy: proxy.proxy() },
      )
      expect(await thrown(wrong.api.get('/'))).toMatchObject({ code: 'tls', reason: 'wrong-host' })
      expect(origin.requests).toBe(0)
    },
  )

  test('an origin that nobody listens for', async () => {
    await using proxy = await startProxy({})
    const server = await httpServer(() => undefined)
    await server.close()
    await using client = clientFor(
      { origin: `https://origin.test:${server.port || 1}`, ca: undefined },
      { proxy: proxy.proxy() },
    )
    const error = await thrown(client.api.get('/'))
    expect(error).toMatchObject({ code: 'proxy', reason: kind.startsWith('http') ? 'status' : 'refused', sent: 'no' })
    if (kind.startsWith('http')) expect(error).toMatchObject({ status: 502, excerpt: 'nobody there' })
  })
})

function isSecure({ what }: { readonly what: string }): boolean {
  return what === 'https' || what === 'h2'
}
