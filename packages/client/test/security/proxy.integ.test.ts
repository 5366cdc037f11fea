import { inspect } from 'node:util'
import { httpServer, httpsServer, proxyServer } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { createClient, type ProxyConfig } from '../../src/index.ts'
import { rejection, thrown } from '../support/thrown.ts'

const auth = { username: 'ada', password: 's3cret' }

describe('proxy', () => {
  test('with credentials, which no origin sees', async () => {
    const seen: string[] = []
    await using plain = await httpServer(
      (request, response) => void (seen.push(...request.rawHeaders), response.end('plain')),
    )
    await using secure = await httpsServer(
      (request, response) => void (seen.push(...request.rawHeaders), response.end('secure')),
    )
    await using proxy = await proxyServer({ auth })
    const tls = { ...(secure.ca !== undefined && { ca: secure.ca }), serverName: 'localhost' }
    await using api = createClient(plain.origin, { proxy: { url: proxy.origin, auth }, tls })
    expect(await api.get('/').text()).toBe('plain')
    expect(await api.get(secure.origin).text()).toBe('secure')
    expect(proxy.asked.map(({ method }) => method)).toEqual(['GET', 'CONNECT'])
    expect(seen.join('\n')).not.toMatch(/proxy|s3cret/i)
  })

  test('over TLS of its own, by a function', async () => {
    await using origin = await httpServer((_request, response) => void response.end('ok'))
    await using proxy = await proxyServer({ secure: true })
    const tls = proxy.ca === undefined ? {} : { ca: proxy.ca }
    await using api = createClient(origin.origin, { proxy: () => ({ url: proxy.origin, tls }) })
    for (let at = 0; at < 3; at += 1) expect(await api.get('/').text()).toBe('ok')
    expect(proxy.totalConnections).toBe(1)
    await using distrusting = createClient(origin.origin, { proxy: { url: proxy.origin, tls: {} }, retry: false })
    expect(await rejection(distrusting.get('/'))).toMatchObject({ code: 'proxy', reason: 'unknown-authority' })
  })

  test('other credentials are wanted: asked once, whatever retries there are', async () => {
    await using proxy = await proxyServer({ auth })
    await using api = createClient('http://origin.test', { proxy: proxy.origin.replace('//', '//ada:wr0ng@') })
    const error = await rejection(api.get('/'))
    expect(error).toMatchObject({ code: 'proxy', reason: 'auth-required', status: 407, sent: 'no' })
    expect(inspect(error) + JSON.stringify(error)).not.toContain('wr0ng')
    expect(proxy.asked).toHaveLength(1)
  })

  test('a mistake is found at once, and not shown', () => {
    for (const proxy of ['gopher://ada:s3cret@p', { url: 'https://ada:s3cret@p', tls: { cert: '/nowhere.pem' } }]) {
      const error = thrown(() => createClient('http://a.test', { proxy }))
      expect(error).toMatchObject({ code: 'config' })
      expect(inspect(error)).not.toContain('s3cret')
    }
    const wrong = { proxy: 'http://ada:s3cret@p', socketPath: '/x' } as { proxy: ProxyConfig; socketPath: string }
    expect(inspect(thrown(() => createClient('http://a.test', wrong)))).not.toContain('s3cret')
  })
})
