import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BaseUrl, checkScheme, resolveAbsolute, type Target } from '../../src/index.ts'
import { anyText } from '../any-text.ts'
import { configError } from '../thrown.ts'

const origin = 'https://api.example.com'

function resolve(base: string, path: string, query = ''): string {
  const target = new BaseUrl(new URL(base)).resolve(path, query)
  expect(target.origin).toBe(new URL(base).origin)
  return target.path
}

describe('joining', () => {
  test.each([
    ['/', '', '/'],
    ['/', '/', '/'],
    ['/', 'users', '/users'],
    ['/', '/users', '/users'],
    ['/', '?a=1', '/?a=1'],
    ['/', '#top', '/'],
    ['/v1', '', '/v1'],
    ['/v1', 'users', '/v1/users'],
    ['/v1', '/users', '/v1/users'],
    ['/v1/', 'users', '/v1/users'],
    ['/v1/', '/users', '/v1/users'],
    ['/v1///', '/users', '/v1/users'],
    ['/v1', '/users/', '/v1/users/'],
    ['/v1', '?a=1', '/v1?a=1'],
    ['/v1', '/users#top', '/v1/users'],
    ['/v1', '/users?a=1#top', '/v1/users?a=1'],
    ['/v1?key=1', '/users', '/v1/users?key=1'],
    ['/v1?key=1', '/users?a=2', '/v1/users?a=2&key=1'],
    ['/v1?key=1', '/users#top', '/v1/users?key=1'],
    ['/v1?key=1', '', '/v1?key=1'],
    ['/v1?key=1#top', '/users', '/v1/users?key=1'],
    ['//v1', '/users', '//v1/users'],
    ['//v1', '/a b', '//v1/a%20b'],
  ])('base %j and path %j give %j', (base, path, expected) => {
    expect(resolve(origin + base, path)).toBe(expected)
  })

  test.each([
    ['/users', 'a=1', '/v1/users?key=1&a=1'],
    ['/users?', 'a=1', '/v1/users?key=1&a=1'],
    ['/users?b=2', 'a=1', '/v1/users?b=2&key=1&a=1'],
    ['/users?b=2&', 'a=1', '/v1/users?b=2&key=1&a=1'],
    ['/us ers?b=2', 'a=1', '/v1/us%20ers?b=2&key=1&a=1'],
  ])('adds the base’s query and the own one to %j', (path, query, expected) => {
    expect(resolve(`${origin}/v1?key=1`, path, query)).toBe(expected)
  })

  test('the base’s user information goes nowhere', () => {
    const target = new BaseUrl(new URL('https://user:secret@api.example.com/v1')).resolve('/users', '')
    expect(target).toEqual({ origin, path: '/v1/users' })
  })

  test('the default port is left out, another stays', () => {
    expect(new BaseUrl(new URL('https://h:443/')).origin).toBe('https://h')
    expect(new BaseUrl(new URL('https://h:8443/')).origin).toBe('https://h:8443')
  })

  test('encodes what may not stand in a path or query, and leaves the rest as it is', () => {
    expect(resolve(`${origin}/v1`, '/näme/"x"?q=ü')).toBe('/v1/n%C3%A4me/%22x%22?q=%C3%BC')
    expect(resolve(`${origin}/v1`, "/a%2Fb/!$&'()*+,;=:@-._~")).toBe("/v1/a%2Fb/!$&'()*+,;=:@-._~")
  })

  test('a backslash in a query stays one', () => {
    expect(resolve(`${origin}/v1`, '/search?q=a\\b c')).toBe('/v1/search?q=a\\b%20c')
  })

  test('refuses a path that is no string', () => {
    const base = new BaseUrl(new URL(origin))
    expect(configError(() => base.resolve(7 as never, '')).message).toBe('path: expected a string or URL, got 7')
  })
})

describe('RFC 3986 §4.2: nothing in a path names another host', () => {
  const paths = [
    '//evil.com',
    '///evil.com',
    '\\\\evil.com',
    '/\\evil.com',
    '\\/evil.com',
    '/\t/evil.com',
    '\t//evil.com',
    '/\n\\evil.com',
    'https:evil.com',
    'https:evil.com?q=|',
    'https:/evil.com',
    'https:\\\\evil.com',
    'ht\ttps://evil.com',
    ' https://evil.com',
    '@evil.com',
    ':443@evil.com',
    '.evil.com',
    ':8080',
    'javascript:alert(1)',
    'users:batch get',
    'user:pass@evil.com/|',
  ]
  test.each(paths)('%j', (path) => {
    expect(resolve(origin, path)).toMatch(/^\/(?!\/)/)
    expect(resolve(`${origin}/v1`, path)).toMatch(/^\/v1\//)
  })

  test('a first segment may hold a colon, whatever else is in the path', () => {
    expect(resolve(`${origin}/v1`, 'users:search')).toBe('/v1/users:search')
    expect(resolve(`${origin}/v1`, 'users:search?q=a b')).toBe('/v1/users:search?q=a%20b')
  })
})

describe('RFC 3986 §5.2.4: dots do not climb', () => {
  test.each([
    '..',
    '/..',
    '/../',
    '../v10',
    '../v1x',
    'a/../..',
    '/%2e%2e/admin',
    '/%2E%2e/admin',
    '/.%2e/admin',
    '/a/../../admin',
    '\\..\\..\\admin',
    '/a\\..\\..\\admin',
    '/.\t./admin',
    '/..?a=1',
    '/..#top',
    '/../v1/../admin',
  ])('%j is refused below a base path', (path) => {
    const error = configError(() => resolve(`${origin}/v1`, path))
    expect(error.expected).toBe(`a path that stays below ${origin}/v1`)
  })

  test.each([
    ['/a/../b', '/v1/b'],
    ['/./b', '/v1/b'],
    ['/%2e/b', '/v1/b'],
    ['/a/..', '/v1/'],
    ['/../v1/b', '/v1/b'],
    ['/...', '/v1/...'],
    ['/a..b/.c', '/v1/a..b/.c'],
    ['/..%2fadmin', '/v1/..%2fadmin'],
    ['/a//b', '/v1/a//b'],
    ['/a?x=/../b', '/v1/a?x=/../b'],
  ])('%j stays, as %j', (path, expected) => {
    expect(resolve(`${origin}/v1`, path)).toBe(expected)
  })

  test('without a base path, dots end at the root', () => {
    expect(resolve(origin, '/../../etc')).toBe('/etc')
  })

  test('the message shows no query', () => {
    expect(configError(() => resolve(`${origin}/v1`, '/../x?token=SECRET#SECRET')).message).not.toContain('SECRET')
  })
})

describe('absolute URLs', () => {
  test.each([
    ['https://other.example/x?a=1#top', { origin: 'https://other.example', path: '/x?a=1' }],
    ['HTTP://Other.Example', { origin: 'http://other.example', path: '/' }],
    ['https://user:secret@other.example/x', { origin: 'https://other.example', path: '/x' }],
  ])('%j is used as it is', (url, expected: Target) => {
    expect(new BaseUrl(new URL(`${origin}/v1?key=1`)).resolve(url, '')).toEqual(expected)
    expect(resolveAbsolute(url)).toEqual(expected)
    expect(resolveAbsolute(new URL(url))).toEqual(expected)
  })

  test('a query is added', () => {
    expect(resolveAbsolute('https://h/x?a=1', 'b=2').path).toBe('/x?a=1&b=2')
  })

  test.each(['ftp://h/x', 'file:///etc/passwd', 'javascript://h/%0aalert(1)', 'ws://h/', 'blob://h/x'])(
    '%j is refused',
    (url) => {
      expect(configError(() => new BaseUrl(new URL(origin)).resolve(url, '')).expected).toBe('http: or https:')
      expect(configError(() => resolveAbsolute(url)).expected).toBe('http: or https:')
    },
  )

  test.each(['data:,x', 'blob:https://h/x'])('%j is refused', (url) => {
    expect(configError(() => checkScheme(new URL(url), 'proxy')).option).toBe('proxy')
  })

  test.each([undefined, null, 7, {}])('%j is no URL', (url) => {
    expect(configError(() => resolveAbsolute(url as never)).expected).toBe('a string or URL')
  })

  test.each([
    'https://user:SECRET@host:bad/',
    'https://user:SE/SECRET@host:bad/',
    'https://user:SE?SECRET@host:bad/',
    'https://user:SE#SECRET@host:bad/',
    'https://user:SE@SECRET@host:bad/',
    'https://host:bad/?token=SECRET',
    'https://host:bad/#SECRET',
    'user:SECRET@host',
    '/relative?token=SECRET',
  ])('the message about %j shows no secret', (url) => {
    const { message } = configError(() => resolveAbsolute(url))
    expect(message).not.toContain('SE')
  })
})

describe('whatever the path', () => {
  const piece = fc.constantFrom(
    '/',
    '\\',
    '.',
    '..',
    '%2e',
    '%2E',
    '%2f',
    'a',
    ':',
    '@',
    '?',
    '#',
    ' ',
    '\t',
    '\n',
    '\0',
    'ü',
    'https:',
    '//',
    'evil.com',
    '|',
    '\ud800',
  )
  const hostile = fc.oneof(
    fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
    anyText,
  )

  test.each(['https://h', 'https://h/v1', 'https://h:8443/a/b/?key=1'])(
    'below %j it stays there, or is refused',
    (base) => {
      const root = new URL(base)
      const below = root.pathname.replace(/\/$/, '')
      fc.assert(
        fc.property(hostile, (path) => {
          fc.pre(!/^[a-z][a-z0-9+.-]*:\/\//i.test(path))
          let target: Target
          try {
            target = new BaseUrl(root).resolve(path, '')
          } catch (error) {
            expect(error).toMatchObject({ code: 'config' })
            return
          }
          expect(target.origin).toBe(root.origin)
          const reparsed = new URL(target.origin + target.path)
          expect(reparsed.origin).toBe(root.origin)
          expect(`${reparsed.pathname}/`.startsWith(`${below}/`)).toBe(true)
          expect(target.path).toMatch(/^\/[\x21-\x7e]*$/)
          expect(target.path).not.toContain('#')
          if (root.search !== '') expect(target.path).toMatch(/[?&]key=1$/)
        }),
        { numRuns: 2_000 },
      )
    },
  )
})
