import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import {
  AbortedError,
  AuthError,
  BodyError,
  ConfigError,
  describeTarget,
  HttpError,
  httpRequest,
  isHttpError,
  noHeaders,
  RedirectError,
  RejectedError,
  suppress,
  TimeoutError,
  TransportError,
  ValidationError,
  type ErrorCode,
} from '../../src/index.ts'

const facts = { sent: 'maybe', target: 'GET https://h/a' } as const

const errors: readonly (readonly [HttpError, string, ErrorCode, Record<string, unknown>])[] = [
  [
    new TransportError('m', { ...facts, code: 'tls' }),
    'TransportError',
    'tls',
    { reason: undefined, receivedBytes: 0, reusedConnection: false },
  ],
  [
    new TransportError('m', { ...facts, code: 'socket', reason: 'reset', receivedBytes: 5, reusedConnection: true }),
    'TransportError',
    'socket',
    { reason: 'reset', receivedBytes: 5, reusedConnection: true },
  ],
  [
    new TimeoutError('m', { ...facts, phase: 'headers', limitMs: 5 }),
    'TimeoutError',
    'timeout',
    { phase: 'headers', limitMs: 5, receivedBytes: 0 },
  ],
  [new AbortedError('m', facts), 'AbortedError', 'aborted', {}],
  [new RejectedError('m', { ...facts, by: 'breaker' }), 'RejectedError', 'rejected', { by: 'breaker' }],
  [new AuthError('m', facts), 'AuthError', 'auth', {}],
  [
    new BodyError('m', { ...facts, code: 'too-large', receivedBytes: 9 }),
    'BodyError',
    'too-large',
    { receivedBytes: 9 },
  ],
  [new BodyError('m', { ...facts, code: 'decode' }), 'BodyError', 'decode', { receivedBytes: 0 }],
  [new RedirectError('m', facts), 'RedirectError', 'redirect', {}],
]

describe('the family', () => {
  test.each(errors)('%s is a %s of code %s', (error, name, code, own) => {
    expect(error).toBeInstanceOf(HttpError)
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name, code, message: 'm', ...facts, ...own })
    expect(error.toJSON()).toEqual({ code, message: 'm', target: facts.target, sent: facts.sent })
    expect(String(error)).toBe(`${name}: m`)
  })

  test('a cause is kept where there is one, and absent where not', () => {
    const cause = new Error('why')
    expect(new AuthError('m', { ...facts, cause }).cause).toBe(cause)
    expect('cause' in new AuthError('m', facts)).toBe(false)
  })

  test('ConfigError says that nothing was sent', () => {
    const error = new ConfigError({
      option: 'pool.size',
      value: 0,
      expected: 'an integer of at least 1',
      hint: 'leave it out',
    })
    expect(error.toJSON()).toEqual({
      code: 'config',
      message: 'pool.size: expected an integer of at least 1, got 0; leave it out',
      target: '',
      sent: 'no',
    })
    expect([error.option, error.expected]).toEqual(['pool.size', 'an integer of at least 1'])
  })
})

describe('no secrets', () => {
  const url = new URL('https://user:SECRET@h/a/b?token=SECRET#SECRET')
  const request = httpRequest({
    method: 'GET',
    origin: 'https://x',
    path: '/',
    headers: noHeaders,
    body: undefined,
  }).with({ url })

  test.each(['/a/b', '/a/b?token=SECRET', '/a/b#SECRET', '/a/b#SECRET?x'])('describeTarget of %j', (path) => {
    expect(describeTarget({ method: 'GET', origin: 'https://h', path })).toBe('GET https://h/a/b')
  })

  test('neither JSON nor inspection show query or user information', () => {
    const target = describeTarget(request)
    const error = new TimeoutError(`${target}: no response headers within 5 ms`, {
      phase: 'headers',
      limitMs: 5,
      sent: 'yes',
      target,
    })
    const shown = [
      JSON.stringify(error),
      inspect(error, { showHidden: true, depth: 9 }),
      String(error),
      error.stack,
    ].join('\n')
    expect(shown).toContain('GET https://h/a/b')
    expect(shown).not.toMatch(/SECRET|user/)
  })
})

describe('isHttpError', () => {
  test('by code', () => {
    const error: unknown = new TimeoutError('m', { ...facts, phase: 'total', limitMs: 1 })
    expect([isHttpError(error), isHttpError(error, 'timeout'), isHttpError(error, 'socket')]).toEqual([
      true,
      true,
      false,
    ])
  })

  test('knows errors of another copy of the package by their brand', () => {
    const foreign = Object.assign(new Error('m'), { code: 'socket', [Symbol.for('halyard.error')]: true })
    expect(foreign instanceof HttpError).toBe(false)
    expect([isHttpError(foreign), isHttpError(foreign, 'socket'), isHttpError(foreign, 'tls')]).toEqual([
      true,
      true,
      false,
    ])
  })

  test('an error without a code has none', () => {
    expect(isHttpError(Object.assign(new Error('m'), { [Symbol.for('halyard.error')]: true }), 'tls')).toBe(false)
  })

  test.each([
    undefined,
    null,
    'timeout',
    7,
    {},
    { code: 'timeout', [Symbol.for('halyard.error')]: true },
    new Error('m'),
    Object.assign(new Error('m'), { code: 'timeout' }),
  ])('not %s', (value) => {
    expect(isHttpError(value)).toBe(false)
  })

  test('the brand is not listed', () => {
    expect(Object.keys(new AuthError('m', facts)).toSorted()).toEqual(['code', 'sent', 'target'])
  })
})

describe('suppress', () => {
  test('records earlier failures, oldest first, and gives the same error', () => {
    const error = new AuthError('m', facts)
    expect(error.suppressed).toEqual([])
    expect(suppress(error, ['first', 'second'])).toBe(error)
    expect(suppress(error, ['third']).suppressed).toEqual(['first', 'second', 'third'])
  })

  test('what is recorded is not listed, and not in JSON', () => {
    const error = suppress(new AuthError('m', facts), [new Error('SECRET')])
    expect(Object.keys(error)).not.toContain('suppressed')
    expect(JSON.stringify(error)).not.toContain('SECRET')
  })

  test('one error’s list is not another’s', () => {
    suppress(new AuthError('m', facts), ['first'])
    expect(new AuthError('m', facts).suppressed).toEqual([])
  })
})

describe('ConfigError shows a value in a few words', () => {
  class Pool {
    readonly password = 'SECRET'
  }
  const nested: unknown = Object.create(Object.create(null))
  test.each<[string, unknown, string]>([
    ['text', 'a"b\n', '"a\\"b\\n"'],
    ['text of 80 characters', 'x'.repeat(80), `"${'x'.repeat(80)}"`],
    ['longer text', 'x'.repeat(81), `"${'x'.repeat(80)}"…`],
    ['a number', -1.5, '-1.5'],
    ['NaN', Number.NaN, 'NaN'],
    ['a bigint', 7n, '7n'],
    ['a boolean', true, 'true'],
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a symbol', Symbol('x'), 'Symbol(x)'],
    ['a function', () => 'SECRET', 'a function'],
    ['a class', Pool, 'a function'],
    ['a list', ['SECRET', 'SECRET'], 'an array of 2'],
    ['an object', { password: 'SECRET' }, 'an object'],
    ['an object without a prototype', Object.create(null), 'an object'],
    ['an object far from any prototype', nested, 'an object'],
    ['an object with a forged constructor', Object.create({ constructor: 'SECRET' }), 'an object'],
    ['an instance', new Pool(), 'a Pool'],
    ['an instance with a vowel', new AbortController(), 'an AbortController'],
    ['an instance without a name', new (class {})(), 'an object'],
    ['a Map', new Map([['SECRET', 1]]), 'a Map'],
    ['a Date', new Date(0), 'a Date'],
    ['an error', new Error('SECRET'), 'an Error'],
    ['a proxy', new Proxy({ password: 'SECRET' }, {}), 'an object'],
  ])('%s', (_name, value, shown) => {
    const error = new ConfigError({ option: 'o', value, expected: 'e' })
    expect(error.message).toBe(`o: expected e, got ${shown}`)
    expect(inspect(error, { showHidden: true })).not.toContain('SECRET')
  })
})

describe('ValidationError', () => {
  const target = 'GET https://h/a'

  test('is no HttpError: the exchange worked', () => {
    const error = new ValidationError({ issues: [], at: 'body', target })
    expect(error.name).toBe('ValidationError')
    expect(isHttpError(error)).toBe(false)
  })

  test.each([
    ['body', undefined, `${target}: the response's body (application/json) does not fit its schema: `],
    ['body', 200, `${target}: the response's body (status 200, application/json) does not fit its schema: `],
    ['headers', 200, `${target}: the response's headers (status 200, application/json) do not fit their schema: `],
    ['request', 200, `${target}: the request body does not fit its schema: `],
  ] as const)('names the place: %s, status %s', (at, status, start) => {
    const issues = [
      { message: 'not a number', path: ['users', 0, { key: 'age' }, Symbol('s')] },
      { message: 'too short' },
    ]
    const error = new ValidationError({ issues, at, target, status, mediaType: 'application/json' })
    expect(error.message).toBe(`${start}users[0].age[Symbol(s)]: not a number; too short`)
    expect(error).toMatchObject({ issues, at, target, status, mediaType: 'application/json' })
  })

  test.each<[string, PropertyKey[]]>([
    ['users[3].address.zip', ['users', 3, 'address', 'zip']],
    ['[0].a', [0, 'a']],
    ['x-id', ['x-id']],
    ['a["b.c"].d', ['a', 'b.c', 'd']],
    ['["two words"]', ['two words']],
    [String.raw`a["\n"]`, ['a', '\n']],
    ['a[""]', ['a', '']],
    ['a.3', ['a', '3']],
    ['äö.@id.#text', ['äö', '@id', '#text']],
    [`["${'x'.repeat(80)}…"]`, ['x'.repeat(1000)]],
  ])('says where: %s', (place, path) => {
    const { message } = new ValidationError({ issues: [{ message: 'm', path }], at: 'body', target })
    expect(message).toBe(`${target}: the response's body does not fit its schema: ${place}: m`)
  })

  test('without a target', () => {
    const error = new ValidationError({ issues: [{ message: 'm' }], at: 'request', target: '' })
    expect(error.message).toBe('the request body does not fit its schema: m')
  })

  test('a long path is cut in its middle', () => {
    const path = Array.from({ length: 10_000 }, () => 'deep')
    const { message } = new ValidationError({ issues: [{ message: 'm', path }], at: 'body', target })
    expect(message).toContain('deep.deep')
    expect(message.length).toBeLessThan(600)
  })

  test('shows five issues, and counts the rest', () => {
    const issues = Array.from({ length: 7 }, (_value, index) => ({ message: `m${index}` }))
    const { message } = new ValidationError({ issues, at: 'body', target })
    expect(message).toMatch(/: m0; m1; m2; m3; m4; and 2 more$/)
  })
})
