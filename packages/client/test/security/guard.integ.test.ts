import { inspect } from 'node:util'
import { httpServer, mockTransport, type LocalServer } from '@halyard/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createClient, type ClientConfig } from '../../src/index.ts'
import { rejection, thrown } from '../support/thrown.ts'

const recording = (): Promise<LocalServer & { readonly urls: string[] }> => {
  const urls: string[] = []
  const server = httpServer((request, response) => {
    urls.push(request.url)
    response.end('ok')
  })
  return server.then((started) => Object.assign(started, { urls }))
}
const deny: ClientConfig = { guard: { absoluteUrls: 'deny' }, retry: false }

describe("absoluteUrls: 'deny'", () => {
  test.each([
    'http://evil.test/',
    'https://evil.test/',
    'HTTPS://evil.test/',
    '//evil.test/',
    '///evil.test/',
    '\\\\evil.test/',
    '/\\evil.test/',
    '\\/evil.test/',
    '/\t/evil.test/',
    '\t//evil.test/',
    ' //evil.test/',
    '\n//evil.test/',
    '/\r\n/evil.test/',
    'ht\ttps://evil.test/',
    ' \u0000http://evil.test/',
    'http:evil.test',
    'http:/evil.test',
    'https:\\evil.test',
    'ftp://evil.test/',
    'file:///etc/passwd',
    'data:text/plain,x',
    'javascript:alert(1)',
    'custom://evil.test/',
    'http://base.test.evil.test/',
  ])('%j is refused', async (path) => {
    const transport = mockTransport({ '*': 'ok' } as never)
    await using api = createClient('http://base.test/v1', { ...deny, transport })
    const error = await rejection(api.get(path))
    expect(error).toMatchObject({ code: 'rejected', by: 'guard', sent: 'no', target: 'GET http://base.test' })
    expect(inspect(error)).not.toContain('evil')
  })

  test('so is a URL object, also of the base itself', async () => {
    await using server = await recording()
    await using api = createClient(`${server.origin}/v1`, deny)
    for (const url of [new URL('http://evil.test/'), new URL(`${server.origin}/v2`), `${server.origin}/v1/x`])
      expect(await rejection(api.get(url))).toMatchObject({ by: 'guard' })
    expect(server.requests).toBe(0)
  })

  test('paths are not, whatever is in them', async () => {
    await using server = await recording()
    await using api = createClient(`${server.origin}/v1`, deny)
    const paths = ['/a', 'a', '', '?q=//evil.test', 'users:search', '/a//b', '/a/http://evil.test', '#//x', 'a\\b']
    for (const path of paths) expect((await api.get(path)).status).toBe(200)
    await api.get('/{id}', { params: { id: '//evil.test' } })
    expect(server.urls.every((url) => url.startsWith('/v1'))).toBe(true)
    expect(server.urls.at(-1)).toBe('/v1/%2F%2Fevil.test')
  })

  test('whatever the path is, the base stays', async () => {
    const origins = new Set<string>()
    const api = createClient('http://base.test/v1', {
      ...deny,
      use: {
        call: [
          {
            name: 'seen',
            wrap: () => (request) => {
              origins.add(request.origin)
              return Promise.reject(new Error('seen'))
            },
          },
        ],
      },
    })
    const piece = fc.constantFrom(
      '/',
      '\\',
      '\t',
      ' ',
      ':',
      'http',
      'https:',
      'evil.test',
      '@',
      '?',
      '#',
      '.',
      '%2f',
      'a',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async (pieces) => {
        await rejection(api.get(pieces.join('')))
      }),
      { numRuns: 500 },
    )
    expect([...origins]).toEqual(['http://base.test'])
    await api.close()
  })

  test('a client that extends it is held to it, and one without a base makes no sense', async () => {
    await using api = createClient('http://base.test', { ...deny, transport: mockTransport({}) })
    const extended = api.extend({ base: 'http://other.test' })
    expect(await rejection(extended.get('http://evil.test/'))).toMatchObject({ by: 'guard' })
    expect(thrown(() => createClient(undefined, deny))).toMatchObject({
      code: 'config',
      option: 'guard.absoluteUrls',
    })
  })
})

describe('privateNetworks', () => {
  test('a URL of a stranger gets nowhere, the base does', async () => {
    await using server = await recording()
    await using other = await recording()
    const allow = [`127.0.0.1:${server.port}`]
    await using api = createClient(server.origin, {
      guard: { privateNetworks: 'deny', allow },
      retry: { attempts: 3 },
    })
    expect(await api.get('/').text()).toBe('ok')
    for (const url of [other.origin, 'http://169.254.169.254/latest/meta-data/', 'http://[::ffff:127.0.0.1]/'])
      expect(await rejection(api.get(url))).toMatchObject({ code: 'rejected', by: 'guard', sent: 'no' })
    expect(other.totalConnections).toBe(0)
    const extended = api.extend({ base: other.origin })
    expect(await rejection(extended.get('/'))).toMatchObject({ by: 'guard' })
  })

  test('is the network’s: a transport of one’s own would not keep it', () => {
    for (const guard of [{ privateNetworks: 'deny' }, { allow: [] }, { deny: [] }, { schemes: ['https'] }] as const) {
      const make = (): unknown => createClient('http://a.test', { guard, transport: mockTransport({}) })
      expect(thrown(make)).toMatchObject({ code: 'config', option: `guard.${Object.keys(guard)[0]}` })
    }
  })
})
