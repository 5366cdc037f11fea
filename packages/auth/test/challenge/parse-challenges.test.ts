import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseAuthInfo, parseChallenges, type Challenge } from '../../src/index.ts'

/** As an object, for comparison. */
function plain({ scheme, token68, parameters }: Challenge): unknown {
  return token68 === undefined ? [scheme, Object.fromEntries(parameters)] : [scheme, token68]
}

const parsed = (...fields: string[]): unknown[] => parseChallenges(fields).map(plain)

describe('what servers send', () => {
  test.each<[string, unknown[]]>([
    ['Basic', [['basic', {}]]],
    ['Basic realm="a"', [['basic', { realm: 'a' }]]],
    ['BASIC REALM=a', [['basic', { realm: 'a' }]]],
    // RFC 9110 §11.6.1
    [
      'Basic realm="simple", Newauth realm="apps", type=1, title="Login to \\"apps\\""',
      [
        ['basic', { realm: 'simple' }],
        ['newauth', { realm: 'apps', type: '1', title: 'Login to "apps"' }],
      ],
    ],
    ['Negotiate', [['negotiate', {}]]],
    ['Negotiate YIIB+g6/z==', [['negotiate', 'YIIB+g6/z==']]],
    [
      'Negotiate, NTLM',
      [
        ['negotiate', {}],
        ['ntlm', {}],
      ],
    ],
    [
      'Negotiate oRQ= , Basic realm="x"',
      [
        ['negotiate', 'oRQ='],
        ['basic', { realm: 'x' }],
      ],
    ],
    [
      'Digest realm="a, b", qop="auth,auth-int", stale=FALSE, Basic realm="c"',
      [
        ['digest', { realm: 'a, b', qop: 'auth,auth-int', stale: 'FALSE' }],
        ['basic', { realm: 'c' }],
      ],
    ],
    // Bad white space, empty elements, tabs.
    [' , ,Basic  \t realm \t=\t "a" ,, ,charset= utf-8,', [['basic', { realm: 'a', charset: 'utf-8' }]]],
    [
      'Bearer error="invalid_token",error_description="it, expired"',
      [['bearer', { error: 'invalid_token', error_description: 'it, expired' }]],
    ],
    // The first of two counts.
    ['Digest realm="a", realm="b"', [['digest', { realm: 'a' }]]],
    ['Basic realm=""', [['basic', { realm: '' }]]],
    ['Basic realm="Zürich"', [['basic', { realm: 'Zürich' }]]],
    ['Basic realm="\\a\\\\b\\""', [['basic', { realm: 'a\\b"' }]]],
    ['Basic __proto__=x', [['basic', Object.fromEntries([['__proto__', 'x']])]]],
    ['', []],
    [' , ', []],
  ])('%s', (field, expected) => {
    expect(parsed(field)).toEqual(expected)
  })

  test('several fields are one list, in their order; parameters may go on in the next', () => {
    expect(parsed('Basic realm="a"', 'Bearer')).toEqual([
      ['basic', { realm: 'a' }],
      ['bearer', {}],
    ])
    expect(parsed('Digest realm="a"', 'nonce="b", Basic realm=c')).toEqual([
      ['digest', { realm: 'a', nonce: 'b' }],
      ['basic', { realm: 'c' }],
    ])
  })
})

describe('what is not well-formed is left out, and what stands beside it is kept', () => {
  test.each<[string, unknown[]]>([
    ['realm="a"', []],
    ['realm="a", Basic realm="b"', [['basic', { realm: 'b' }]]],
    ['Basic realm="a', []],
    ['Basic realm="a\\', []],
    ['Basic realm="a"b, Bearer', [['bearer', {}]]],
    ['Basic realm="a" charset="b", Bearer', [['bearer', {}]]],
    [
      'Basic realm=, Bearer',
      [
        ['basic', 'realm='],
        ['bearer', {}],
      ],
    ],
    ['Basic x=1, realm=, Bearer', [['bearer', {}]]],
    ['Negotiate abc==, more=1, Bearer', [['bearer', {}]]],
    [
      'Basic realm="a", @@"x,y"@, Bearer',
      [
        ['basic', { realm: 'a' }],
        ['bearer', {}],
      ],
    ],
    ['Basic a b c, Bearer', [['bearer', {}]]],
    ['"quoted", Bearer', [['bearer', {}]]],
    ['Bas(ic realm="a", Bearer', [['bearer', {}]]],
    ['Basic realm="a\u0000b", Bearer', [['bearer', {}]]],
  ])('%j', (field, expected) => {
    expect(parsed(field)).toEqual(expected)
  })

  test('each way of cutting a field short gives challenges that it had, or none', () => {
    const whole = 'Digest realm="a, \\"b", nonce="c", qop="auth" , Negotiate dGVzdA==, Basic realm=d'
    // A parameter that is cut before its `=` looks like a scheme.
    const words = ['digest', 'nonce', 'qop', 'negotiate', 'basic']
    for (let end = 0; end <= whole.length; end += 1) {
      for (const challenge of parseChallenges([whole.slice(0, end)])) {
        expect(words.some((one) => one.startsWith(challenge.scheme))).toBe(true)
        for (const value of challenge.parameters.values()) expect(whole.replaceAll('\\', '')).toContain(value)
      }
    }
  })
})

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFXYZ0123456789'
const token = fc.string({
  unit: fc.constantFrom(...Array.from(letters + `!#$%&'*+-.^_\`|~`)),
  minLength: 1,
  maxLength: 12,
})
const text = fc.string({ unit: fc.constantFrom(...Array.from(letters + ' ,="\\\t;äÿ')), maxLength: 20 })
const token68 = fc
  .tuple(
    fc.string({ unit: fc.constantFrom(...Array.from(letters + '-._~+/')), minLength: 1 }),
    fc.constantFrom('', '=', '=='),
  )
  .map(([body, end]) => body + end)
// Not `binary` of fast-check, which takes seconds to be made.
const anyUnit = fc.integer({ min: 0, max: 0x2ff }).map((code) => String.fromCharCode(code))
const gap = fc.constantFrom('', ' ', '\t', '  ')

/** A challenge, and one of the ways to write it as elements of a list. */
const challenge = fc
  .record({
    scheme: token,
    parameters: fc.oneof(
      token68,
      fc.uniqueArray(
        fc.record({ name: token, value: fc.oneof(token, text), before: gap, after: gap, quote: fc.boolean() }),
        {
          selector: ({ name }) => name.toLowerCase(),
          maxLength: 5,
        },
      ),
    ),
    space: fc.constantFrom(' ', '  ', ' \t'),
  })
  .map(({ scheme, parameters, space }) => {
    if (typeof parameters === 'string')
      return { elements: [scheme + space + parameters], value: [scheme.toLowerCase(), parameters] }
    const written = parameters.map(({ name, value, before, after, quote }) => {
      const plain = !quote && /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(value)
      return `${name}${before}=${after}${plain ? value : `"${value.replace(/["\\]/g, '\\$&')}"`}`
    })
    const [first, ...rest] = written
    const entries = parameters.map(({ name, value }): [string, string] => [name.toLowerCase(), value])
    return {
      elements: first === undefined ? [scheme] : [scheme + space + first, ...rest],
      value: [scheme.toLowerCase(), Object.fromEntries(entries)],
    }
  })

test('whatever is written by the grammar is read as it was meant, in one field or many', () => {
  fc.assert(
    fc.property(
      fc.array(challenge, { maxLength: 5 }),
      fc.infiniteStream(gap),
      fc.infiniteStream(fc.boolean()),
      (list, gaps, cuts) => {
        const fields = ['']
        for (const element of list.flatMap(({ elements }) => elements)) {
          const space = gaps.next().value ?? ''
          if (cuts.next().value === true) fields.push(element + space)
          else fields.push(`${fields.pop() ?? ''}${space}, ${element}`)
        }
        expect(parsed(...fields)).toEqual(list.map(({ value }) => value))
      },
    ),
  )
})

test('no text makes it throw, and none takes long', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: anyUnit, maxLength: 60 })), (fields) => {
      return parseChallenges(fields).every(({ scheme }) => scheme !== '') && !parseAuthInfo(fields).has('')
    }),
  )
  const size = 200_000
  for (const one of [',', 'a', ' ', '"', '\\', '="', 'a=', 'a="', 'a=b,', 'a b,', '"\\', 'a =', '=']) {
    expect(
      parseChallenges([one.repeat(size / one.length), `Basic ${one.repeat(size / one.length)}`]).length,
    ).toBeLessThan(size)
  }
})

test('Authentication-Info', () => {
  const info = parseAuthInfo(['nextnonce="a, b", qop=auth', 'NC=00000001,junk, cnonce="x"y, rspauth = "c"'])
  expect(Object.fromEntries(info)).toEqual({ nextnonce: 'a, b', qop: 'auth', nc: '00000001', rspauth: 'c' })
})
