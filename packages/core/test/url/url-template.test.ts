import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expandTemplate, type PathParams } from '../../src/index.ts'
import { anyText } from '../any-text.ts'
import { configError } from '../thrown.ts'

describe('filling', () => {
  test.each<[string, PathParams, string]>([
    ['/users', {}, '/users'],
    ['/users/{id}', { id: 42 }, '/users/42'],
    ['/users/{id}', { id: 0 }, '/users/0'],
    ['/users/{id}', { id: false }, '/users/false'],
    ['/{a}/{b}/{a}', { a: 'x', b: 'y' }, '/x/y/x'],
    ['/{a}{b}', { a: 'x', b: 'y' }, '/xy'],
    ['/files/{name}.json', { name: 'a.b' }, '/files/a.b.json'],
    ['/{path}', { path: 'a/b' }, '/a%2Fb'],
    ['/{path}', { path: '../x' }, '/..%2Fx'],
    ['/{path}', { path: '%2e%2e' }, '/%252e%252e'],
    ['/{path}', { path: 'a?b#c' }, '/a%3Fb%23c'],
    ['/{path}', { path: '\\' }, '/%5C'],
    ['/{path}', { path: '...' }, '/...'],
    ['/{path}', { path: '{id}' }, '/%7Bid%7D'],
    ['/{path}', { path: '$&$1' }, '/%24%26%241'],
    ['/find?q={q}', { q: 'a&b=c' }, '/find?q=a%26b%3Dc'],
    ['/{}', {}, '/{}'],
    ['/{a/b}', {}, '/{a/b}'],
    ['/./{a}/..', { a: 'x' }, '/./x/..'],
  ])('%j with %j is %j', (template, params, expected) => {
    expect(expandTemplate(template, params)).toBe(expected)
  })

  test('bigints are written whole', () => {
    expect(expandTemplate('/{id}', { id: 2n ** 64n })).toBe('/18446744073709551616')
  })

  test('a placeholder without a value is refused', () => {
    const error = configError(() => expandTemplate('/users/{id}', {}))
    expect(error.message).toBe('params.id: expected a string, number, boolean or bigint, got undefined')
  })

  test('a value without a placeholder is refused, and the message shows no query', () => {
    const { message } = configError(() => expandTemplate('/users?token=SECRET', { id: 7 }))
    expect(message).toBe('params.id: expected a placeholder {id} in the path /users, got 7')
  })

  test.each(['toString', '__proto__', 'constructor'])('%s is not found on prototypes', (name) => {
    expect(configError(() => expandTemplate(`/{${name}}`, {})).option).toBe(`params.${name}`)
  })

  test.each([null, {}, [], new Date(0), Symbol('x'), () => 'x', Number.NaN, Infinity])('refuses %s', (value) => {
    expect(configError(() => expandTemplate('/{a}', { a: value as never })).option).toBe('params.a')
  })
})

describe('RFC 3986 §5.2.4: a value cannot climb', () => {
  test.each(['.', '..', ''])('refuses %j', (value) => {
    expect(configError(() => expandTemplate('/users/{id}/x', { id: value })).option).toBe('params.id')
  })

  test.each<[string, PathParams]>([
    ['/a/%2{x}', { x: 'e' }],
    ['/a/%2{x}', { x: 'E' }],
    ['/a/%{x}/b', { x: '2e' }],
    ['/a/.%2{x}/b', { x: 'e' }],
    ['/%2e/a/%2{x}', { x: 'e' }],
    ['/a/%2{x}?b', { x: 'e' }],
    ['/a/%2{x}#b', { x: 'e' }],
    ['/a/%{x}%{x}', { x: '2e' }],
  ])('%j with %j is refused', (template, params) => {
    expect(configError(() => expandTemplate(template, params)).expected).toBe('values that stay in their path segment')
  })

  test.each([
    '/v1/{a}/x',
    '/v1/.{a}/x',
    '/v1/{a}./x',
    '/v1/..{a}/x',
    '/v1/{a}../x',
    '/v1/.{a}./x',
    '/v1/{a}{b}/x',
    '/v1/%2e{a}/x',
  ])('in %j no value adds or removes a segment', (template) => {
    const value = fc.oneof(anyText, fc.constantFrom('.', '..', '%2e', '/', '\\', 'e', '2e', '\t', '?', '#', '/../'))
    fc.assert(
      fc.property(value, value, (a, b) => {
        const params = template.includes('{b}') ? { a, b } : { a }
        if (Object.values(params).some((one) => /^\.{0,2}$/.test(one))) {
          expect(() => expandTemplate(template, params)).toThrow(/params\./)
          return
        }
        const { pathname, search, hash } = new URL(`https://h${expandTemplate(template, params)}`)
        expect(search + hash).toBe('')
        const segments = pathname.split('/')
        expect(segments).toHaveLength(4)
        expect([segments[1], segments[3]]).toEqual(['v1', 'x'])
        const expected = template
          .split('/')[2]
          ?.replace('%2e', '.')
          .replace('{a}', () => a.toWellFormed())
          .replace('{b}', () => b.toWellFormed())
        expect(decodeURIComponent(segments[2] ?? '')).toBe(expected)
      }),
    )
  })
})
