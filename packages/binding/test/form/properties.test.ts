import { BodyError } from '@halyard/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeForm, encodeForm, type FormValue } from '../../src/form/index.ts'
import { anyOf, outcomeOf, sourceOf, utf8 } from '../text/source.ts'

const type = 'application/x-www-form-urlencoded'
const form = sourceOf(type)

const text = fc.string({ unit: 'grapheme', maxLength: 8 })
const nasty = fc.oneof(
  text,
  fc.string({ unit: anyOf('&=+% #;[]\r\n\0"\'<>é€😀~!*()'), maxLength: 8 }),
  fc.constantFrom('__proto__', 'constructor', 'prototype', '%41', '\ufeff', 'toString'),
)
const name = nasty.filter((one) => !/^__proto__$|^(?:__proto__)?\[|\[|\]/.test(one))

/** A flat form as it is read: one value, or several. */
function grouped(pairs: Iterable<readonly [string, string]>): FormValue {
  const all = new Map<string, string | string[]>()
  for (const [key, value] of pairs) {
    const known = all.get(key)
    if (known === undefined) all.set(key, value)
    else all.set(key, [known, value].flat())
  }
  return Object.fromEntries(all)
}

test('pairs come back, in both directions as URLSearchParams reads and writes them', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(name, nasty), { maxLength: 8 }), (pairs) => {
      const written = encodeForm(pairs)
      expect(written).toBe(new URLSearchParams(pairs).toString())
      expect(decodeForm(utf8(written), form)).toEqual(grouped(pairs))
    }),
    { numRuns: 2000 },
  )
})

test('flat records come back', () => {
  const scalar = fc.oneof(
    nasty,
    fc.boolean(),
    fc.bigInt(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.date({ noInvalidDate: true }),
  )
  const textOf = (value: unknown): string => (value instanceof Date ? value.toISOString() : String(value))
  fc.assert(
    fc.property(
      fc.dictionary(name, fc.oneof(scalar, fc.array(scalar, { minLength: 1, maxLength: 3 })), { maxKeys: 5 }),
      (record) => {
        const expected = Object.entries(record).map(([key, value]) => {
          const items = Array.isArray(value) ? value.map(textOf) : [textOf(value)]
          return [key, items.length === 1 ? (items[0] ?? '') : items] as const
        })
        expect(decodeForm(utf8(encodeForm(record)), form)).toEqual(Object.fromEntries(expected))
      },
    ),
    { numRuns: 1000 },
  )
})

test('anything at all is written or refused with a typed error, and what is written is a form', () => {
  const value = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withTypedArray: true,
    withSparseArray: true,
  })
  fc.assert(
    fc.property(fc.dictionary(text, value, { maxKeys: 4 }), (record) => {
      let written: string
      try {
        written = encodeForm(record)
      } catch (error) {
        expect(error).toBeInstanceOf(BodyError)
        return
      }
      expect(written).toMatch(/^[\w*.\-+%&=]*$/)
      expect(outcomeOf(() => decodeForm(utf8(written), form, { prototypeKeys: 'drop' }))).toHaveProperty('value')
    }),
    { numRuns: 2000 },
  )
})

test('two different records never come to the same form', () => {
  const leaf = fc.constantFrom<unknown>('', 'a', 1, true, undefined)
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie('tree'), { maxLength: 2 }),
      fc.dictionary(fc.constantFrom('a', 'b', '0', '', 'a[b]', 'a[0]', '[a]'), tie('tree'), {
        maxKeys: 2,
        noNullPrototype: true,
      }),
    ),
  }))
  const record = fc.dictionary(fc.constantFrom('a', 'b', 'a[b]', 'a[0]'), tree, { maxKeys: 2, noNullPrototype: true })
  /** What a schema makes equal: text and numbers, one value and a list of it, nothing and an empty list. */
  const normal = (value: unknown): unknown => {
    if (Array.isArray(value)) {
      const items = value.map(normal)
      const scalars = value.every((item) => typeof item !== 'object')
      if (items.length === 0) return undefined
      return scalars && items.length === 1 ? items[0] : scalars ? items : Object.fromEntries(items.entries())
    }
    if (typeof value !== 'object' || value === null) return value === undefined ? undefined : `${Object(value)}`
    const entries = Object.entries(value).map(([key, item]) => [key, normal(item)] as const)
    return Object.fromEntries(entries.filter(([, item]) => item !== undefined).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  }
  const written = (value: object): string | undefined => {
    try {
      return encodeForm(value)
    } catch (error) {
      expect(error).toBeInstanceOf(BodyError)
      return undefined
    }
  }
  const seen = new Map<string, unknown>()
  fc.assert(
    fc.property(record, (value) => {
      const form = written(value)
      if (form === undefined) return
      // The order of names says nothing, that of the values of one does.
      const nameOf = (pair: string): string => pair.slice(0, pair.indexOf('='))
      const key = form
        .split('&')
        .toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : Number(nameOf(a) > nameOf(b))))
        .join('&')
      // A name with brackets is the same text as a record: whoever writes either means the same.
      if (Object.keys(value).some((one) => one.includes('['))) return
      const shape = normal(value)
      const known = seen.get(key)
      if (known === undefined) seen.set(key, shape)
      else expect(shape).toEqual(known)
    }),
    { numRuns: 3000 },
  )
})

test('any bytes are a form or a DecodeError, as browsers read it where it is one', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 30 }),
    fc.string({ unit: anyOf('&=+%4aC3A9zé'), maxLength: 20 }).map(utf8),
  )
  fc.assert(
    fc.property(
      bytes,
      fc.constantFrom('', '; charset=latin1', '; charset=shift_jis', '; charset=utf-16le'),
      (body, charset) => {
        const outcome = outcomeOf(() => decodeForm(body, sourceOf(type + charset), { prototypeKeys: 'drop' }))
        if ('error' in outcome || charset !== '' || body[0] === 0xff || body[0] === 0xfe || body[0] === 0xef) return
        const reference = new URLSearchParams(new TextDecoder().decode(body).replace(/^\?/, '%3F'))
        expect(outcome.value).toEqual(grouped(reference))
      },
    ),
    { numRuns: 3000 },
  )
})

test.each(['a=1&b=%C3%A9&b=x+y&c%5Bd%5D=%26&=&e', 'é=€&😀=%F0%9F%98%80'])(
  'cut at every byte: a form or an error (%s)',
  (whole) => {
    const bytes = utf8(whole)
    for (const charset of ['', '; charset=latin1']) {
      for (let size = 0; size < bytes.byteLength; size += 1) {
        const outcome = outcomeOf(() => decodeForm(bytes.subarray(0, size), sourceOf(type + charset)))
        if ('error' in outcome) expect(outcome.error.message).toMatch(/hexadecimal digits|not valid UTF-8/)
        else expect(Object.keys(outcome.value ?? {}).length).toBeLessThanOrEqual(6)
      }
    }
  },
)

test('messages hold nothing of the payload beyond the excerpt', () => {
  const secret = 'S3cr3tXyz'
  const wrong = fc.constantFrom('%zz', '%FF', '&__proto__=1', `&${secret}[__proto__]=1`, `&${secret.repeat(200)}=1`)
  fc.assert(
    fc.property(wrong, fc.constantFrom(0, 1, 2, 3, 5), fc.boolean(), (end, size, before) => {
      const body = before ? `${secret}=${secret}${end}` : `${end}${secret}=${secret}`
      const outcome = outcomeOf(() => decodeForm(utf8(body), form, { excerptBytes: size }))
      if ('value' in outcome) throw new Error('it was read')
      for (let at = 0; at + size + 1 <= secret.length; at += 1) {
        const piece = secret.slice(at, at + size + 1)
        if (piece.length < 3) continue
        expect(`${outcome.error.message}${outcome.error.stack ?? ''}`).not.toContain(piece)
      }
    }),
  )
})
