import { mockTransport, type MockTransport } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { createClient, type CallOptions, type QueryInit } from '../../src/index.ts'
import { rejection } from '../support/thrown.ts'

/** Where a path goes. */
async function target(base: string, path: string | URL, options?: CallOptions): Promise<string | undefined> {
  const transport: MockTransport = mockTransport({})
  await createClient(base, { transport }).get(path, options)
  return transport.requests[0]?.url
}

describe('base and path are joined by exactly one slash', () => {
  test.each([
    ['http://a.test', '/x', 'http://a.test/x'],
    ['http://a.test', 'x', 'http://a.test/x'],
    ['http://a.test/', '/x', 'http://a.test/x'],
    ['http://a.test', '', 'http://a.test/'],
    ['http://a.test/v1', '/x', 'http://a.test/v1/x'],
    ['http://a.test/v1/', 'x/y', 'http://a.test/v1/x/y'],
    ['http://a.test/v1/', '', 'http://a.test/v1'],
    ['http://a.test/v1', '?q=1', 'http://a.test/v1?q=1'],
    ['http://a.test/v1?key=k', '/x', 'http://a.test/v1/x?key=k'],
    ['http://a.test/v1?key=k', '/x?q=1', 'http://a.test/v1/x?q=1&key=k'],
    ['http://a.test', '/x#frag', 'http://a.test/x'],
    ['http://a.test', '/ä b', 'http://a.test/%C3%A4%20b'],
    ['a.test', '/x', 'http://a.test/x'],
    ['a.test:81/v1', '/x', 'http://a.test:81/v1/x'],
    ['localhost:81', '/x', 'http://localhost:81/x'],
    ['HTTP://A.TEST:80/v1', '/x', 'http://a.test/v1/x'],
  ])('%s and %s', async (base, path, expected) => {
    expect(await target(base, path)).toBe(expected)
  })
})

describe('no path leads to another host than the base', () => {
  test.each([
    '//evil.test/x',
    '/\\evil.test',
    '\\\\evil.test',
    '/\t/evil.test',
    '\t//evil.test',
    '@evil.test/',
    ':81/x',
  ])('%j', async (path) => {
    for (const base of ['http://a.test', 'http://a.test/v1']) {
      const seen = await target(base, path)
      expect(new URL(seen ?? '').origin).toBe('http://a.test')
    }
  })

  test.each(['https:evil.test/x', 'http:evil.test', 'https:\\\\evil.test', 'users:search', ' https://evil.test/'])(
    '%j is a path, with its colon',
    async (path) => {
      const seen = new URL((await target('http://a.test/v1', path)) ?? '')
      expect([seen.origin, seen.pathname.startsWith('/v1/')]).toEqual(['http://a.test', true])
    },
  )

  test.each(['/../x', '../../x', '/%2e%2e/x', '/x/../../y', '/..\\..\\x'])(
    '%j does not leave the base',
    async (path) => {
      const transport = mockTransport({})
      const api = createClient('http://a.test/v1', { transport })
      const error = await rejection(api.get(path))
      expect(error).toMatchObject({ code: 'config', option: 'path', sent: 'no' })
      expect(transport.requests).toEqual([])
    },
  )

  test.each(['ftp://a.test/', 'file:///etc/passwd', 'data://x', 'ws://a.test/'])('%s is refused', async (url) => {
    expect(await rejection(target('http://a.test', url))).toMatchObject({ code: 'config', sent: 'no' })
    expect(await rejection(target('http://a.test', new URL(url)))).toMatchObject({ code: 'config', sent: 'no' })
  })

  test('user information of a URL goes nowhere', async () => {
    expect(await target('http://a.test', 'http://user:pass@b.test/x')).toBe('http://b.test/x')
    expect(await target('http://a.test', new URL('http://user:pass@b.test/x'))).toBe('http://b.test/x')
  })
})

describe('params stay in their segment', () => {
  test.each([
    ['42', '42'],
    [42, '42'],
    [true, 'true'],
    [9_007_199_254_740_993n, '9007199254740993'],
    ['a/b', 'a%2Fb'],
    ['../x', '..%2Fx'],
    ['%2f', '%252f'],
    ['%2e%2e', '%252e%252e'],
    ['a\\b', 'a%5Cb'],
    ['a?b#c', 'a%3Fb%23c'],
    ['a b+c', 'a%20b%2Bc'],
    ['ä€😀', '%C3%A4%E2%82%AC%F0%9F%98%80'],
    ['\ud800', '%EF%BF%BD'],
    ['a\r\nb', 'a%0D%0Ab'],
    ['\0', '%00'],
    ['...', '...'],
    ['{id}', '%7Bid%7D'],
  ])('%s', async (id, expected) => {
    expect(await target('http://a.test/v1', '/users/{id}/x', { params: { id } })).toBe(
      `http://a.test/v1/users/${expected}/x`,
    )
  })

  test.each(['.', '..', ''])('%j is refused', async (id) => {
    const error = await rejection(target('http://a.test/v1', '/users/{id}/x', { params: { id } }))
    expect(error).toMatchObject({ code: 'config', option: 'params.id' })
  })

  test('neighbours of a placeholder cannot make dots either', async () => {
    expect(await rejection(target('http://a.test', '/%2{a}/x', { params: { a: 'e' } }))).toMatchObject({
      code: 'config',
    })
  })

  test.each([
    ['no value', '/{a}', {}],
    ['no placeholder', '/x', { a: 1 }],
    ['a wrong type', '/{a}', { a: { b: 1 } }],
    ['NaN', '/{a}', { a: Number.NaN }],
    ['an inherited value', '/{toString}', {}],
  ])('%s is refused', async (_name, path, params) => {
    const options = { params } as CallOptions
    expect(await rejection(target('http://a.test', path, options))).toMatchObject({ code: 'config' })
  })
})

describe('query', () => {
  const date = new Date(Date.UTC(2026, 0, 2))
  test.each<[string, QueryInit, CallOptions['queryStyle'], string]>([
    [
      'scalars',
      { a: 's', b: 1, c: true, d: 5n, e: date },
      undefined,
      'a=s&b=1&c=true&d=5&e=2026-01-02T00%3A00%3A00.000Z',
    ],
    ['nothing', { a: undefined, b: null }, undefined, ''],
    ['encoding', { 'ä&': "a b&=+/?#'()*!~" }, undefined, '%C3%A4%26=a%20b%26%3D%2B%2F%3F%23%27%28%29%2A%21~'],
    ['a lone surrogate', { a: '\udc00' }, undefined, 'a=%EF%BF%BD'],
    ['URLSearchParams', new URLSearchParams('a=1&a=2&b=x y'), undefined, 'a=1&a=2&b=x%20y'],
    ['repeat', { a: [1, undefined, 2, null] }, 'repeat', 'a=1&a=2'],
    ['comma', { a: [1, 'x,y'] }, 'comma', 'a=1,x%2Cy'],
    ['brackets', { a: [1, 2] }, 'brackets', 'a%5B%5D=1&a%5B%5D=2'],
    ['deepObject', { a: { b: 1, c: { d: [2, 3] } } }, 'deepObject', 'a%5Bb%5D=1&a%5Bc%5D%5Bd%5D=2&a%5Bc%5D%5Bd%5D=3'],
    ['no items', { a: [] }, 'comma', ''],
  ])('%s', async (_name, query, queryStyle, expected) => {
    const options: CallOptions = queryStyle === undefined ? { query } : { query, queryStyle }
    expect(await target('http://a.test', '/x', options)).toBe(`http://a.test/x${expected === '' ? '' : `?${expected}`}`)
  })

  test('the client style holds until a call says otherwise', async () => {
    const transport = mockTransport({})
    const api = createClient('http://a.test?base=1', { transport, queryStyle: 'comma', query: { c: [1, 2] } })
    await api.get('/x?own=1', { query: { d: [3, 4] } })
    await api.get('/x', { query: { d: [3, 4] }, queryStyle: 'repeat' })
    const urls = transport.requests.map(({ url }) => url)
    expect(urls).toEqual(['http://a.test/x?own=1&base=1&c=1,2&d=3,4', 'http://a.test/x?base=1&c=1,2&d=3&d=4'])
  })

  test.each([
    ['an object without deepObject', { a: { b: 1 } }],
    ['NaN', { a: Number.NaN }],
    ['an invalid date', { a: new Date(Number.NaN) }],
    ['a symbol', { a: Symbol('x') }],
    ['text', 'a=1'],
    ['a list', [1]],
  ])('%s is refused', async (_name, query) => {
    expect(await rejection(target('http://a.test', '/', { query } as CallOptions))).toMatchObject({ code: 'config' })
  })
})

describe('nothing can be injected into the head', () => {
  const bad = ['a\r\nx-evil: 1', 'a\nb', 'a\rb', 'a\0b', 'a\u0100b']

  test.each(bad)('%j in headers, names, method, media type, accept', async (text) => {
    const transport = mockTransport({})
    const api = createClient('http://a.test', { transport })
    const calls = [
      api.get('/', { headers: { 'x-a': text } }),
      api.get('/', { headers: { 'x-a': ['ok', text] } }),
      api.get('/', { headers: { [text]: 'x' } }),
      api.get('/', { headers: [['x-a', text]] }),
      api.get('/', { accept: text }),
      api.post('/', 'x', { mediaType: text }),
      api.post('/', 'x', { headers: { 'content-type': text } }),
      api.execute(text, '/'),
    ]
    for (const call of calls) expect(await rejection(call)).toMatchObject({ code: 'config', sent: 'no' })
    expect(transport.requests).toEqual([])
    expect(() => createClient('http://a.test', { transport, headers: { 'x-a': text } })).toThrow(/headers/)
  })

  test.each(['/x\r\nhost: evil', '/x y', '/x\0'])('%j in a path is encoded or taken out', async (path) => {
    expect(await target('http://a.test', path)).not.toMatch(/[\r\n\0 ]/)
  })
})
