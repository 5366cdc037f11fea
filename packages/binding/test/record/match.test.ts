import { ConfigError } from '@halyard/core'
import { type } from 'arktype'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { checkMediaType, DecodeError, matchStatus } from '../../src/record/index.ts'
import { sourceOf, thrownBy } from './source.ts'

const [A, B, C, D] = [z.string(), z.number(), z.boolean(), z.null()]
const cases = { 200: A, 404: B, '4xx': C, default: D }

describe('matchStatus', () => {
  test.each([
    [200, '200', A],
    [404, '404', B],
    [400, '4xx', C],
    [499, '4xx', C],
    [201, 'default', D],
    [100, 'default', D],
    [503, 'default', D],
    [599, 'default', D],
  ])('%d is case %s', (status, key, body) => {
    expect(matchStatus(cases, status)).toEqual({ key, body, headers: undefined, mediaTypes: [] })
  })

  test('an exact code, a class, the default: whatever their order', () => {
    expect(matchStatus({ default: D, '4xx': C, 404: B }, 404)?.body).toBe(B)
    expect(matchStatus({ default: D, '4xx': C, 404: B }, 405)?.body).toBe(C)
    for (let status = 100; status < 600; status += 1) {
      const expected = status === 404 ? '404' : status >= 400 && status < 500 ? '4xx' : undefined
      expect(matchStatus({ '4xx': C, 404: B }, status)?.key).toBe(expected)
    }
  })

  test('a code beyond 599 counts as 5xx', () => {
    expect(matchStatus({ '5xx': A }, 999)?.key).toBe('5xx')
    expect(matchStatus({ '2xx': A }, 999)).toBeUndefined()
  })

  test.each([null, undefined, {}])('%j wants no body', (none) => {
    expect(matchStatus({ 204: none }, 204)).toEqual({ key: '204', body: undefined, headers: undefined, mediaTypes: [] })
  })

  test('a case in parts', () => {
    const headers = z.object({ 'x-id': z.string() })
    const mediaType = ['Application/JSON; charset=utf-8', 'text/plain']
    expect(matchStatus({ 200: { body: A, headers, mediaType } }, 200)).toEqual({
      key: '200',
      body: A,
      headers,
      mediaTypes: ['application/json', 'text/plain'],
    })
    expect(matchStatus({ 200: { body: null, headers, mediaType: 'text/plain' } }, 200)).toEqual({
      key: '200',
      body: undefined,
      headers,
      mediaTypes: ['text/plain'],
    })
  })

  test('a schema of arktype, which is a function', () => {
    const schema = type({ a: 'string' })
    expect(matchStatus({ 200: schema }, 200)?.body).toBe(schema)
  })

  test.each(['9xx', '0xx', 'foo', '99', '600', '2000', '4XX', '200 ', 'Default', '__proto__', 'toString'])(
    'the key %j is refused, whatever the status',
    async (key) => {
      const wrong = Object.fromEntries([
        ['200', A],
        [key, B],
      ])
      const error = await thrownBy(() => Reflect.apply(matchStatus, undefined, [wrong, 200]))
      expect(error).toBeInstanceOf(ConfigError)
      expect(error).toMatchObject({ option: 'match' })
    },
  )

  test.each<[string, unknown, string]>([
    ['a number', 5, 'match.200'],
    ['a function', () => A, 'match.200'],
    ['an unknown part', { schema: A }, 'match.200.schema'],
    ['a body that is no schema', { body: 5 }, 'match.200.body'],
    ['headers that are no schema', { headers: {} }, 'match.200.headers'],
    ['a media type that is none', { mediaType: 'json' }, 'match.200.mediaType'],
    ['media types one of which is none', { mediaType: ['text/plain', 5] }, 'match.200.mediaType'],
  ])('%s is refused', async (_name, wrong, option) => {
    const error = await thrownBy(() => Reflect.apply(matchStatus, undefined, [{ 200: wrong }, 200]))
    expect(error).toBeInstanceOf(ConfigError)
    expect(error).toMatchObject({ option })
  })

  test('what is inherited is no case', () => {
    const inherited: { readonly 200?: typeof A } = Object.create({ 200: A })
    expect(matchStatus(inherited, 200)).toBeUndefined()
  })

  test('any status and any cases: exact before class before default', () => {
    const keys = fc.uniqueArray(
      fc.oneof(
        fc.integer({ min: 100, max: 599 }).map(String),
        fc.integer({ min: 1, max: 5 }).map((digit) => `${digit}xx`),
        fc.constant('default'),
      ),
    )
    fc.assert(
      fc.property(keys, fc.integer({ min: 100, max: 599 }), (chosen, status) => {
        const made = Object.fromEntries(chosen.map((key) => [key, null]))
        const order = [String(status), `${String(status)[0]}xx`, 'default']
        const picked: unknown = Reflect.apply(matchStatus, undefined, [made, status])
        expect(Object(picked).key).toBe(order.find((key) => chosen.includes(key)))
      }),
    )
  })
})

describe('checkMediaType', () => {
  test.each([
    [[], 'anything'],
    [[], undefined],
    [['application/json'], 'Application/JSON; charset=utf-8'],
    [['text/plain', 'application/json'], 'application/json'],
  ])('%j takes %s', (wanted, came) => {
    expect(checkMediaType(wanted, sourceOf(came))).toBeUndefined()
  })

  test.each([
    [['application/json'], 'text/html; charset=utf-8', 'is text/html; charset=utf-8; asked for application/json'],
    [['a/b', 'c/d'], undefined, 'has no content type; asked for a/b or c/d'],
    [['application/json'], 'application/hal+json', 'is application/hal+json; asked for application/json'],
  ])('%j refuses %s', async (wanted, came, words) => {
    const error = await thrownBy(() => checkMediaType(wanted, sourceOf(came)))
    expect(error).toBeInstanceOf(DecodeError)
    expect(error).toMatchObject({ code: 'decode', message: expect.stringContaining(words) })
  })
})
