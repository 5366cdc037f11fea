import { createHash } from 'node:crypto'
import { headerList } from '@halyard/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseContentLength, parseContentRange, parseUnsatisfiedRange } from '../../src/download/content-range.ts'
import { parseDigests } from '../../src/download/digest-dictionary.ts'
import {
  formatSidecar,
  missingStretches,
  parseSidecar,
  withStretch,
  type Sidecar,
  type Stretch,
} from '../../src/download/sidecar.ts'
import { confirms, strongValidator } from '../../src/download/validator.ts'

const size = fc.integer({ min: 0, max: 1e14 })

describe('content-range', () => {
  test('what is written is read', () => {
    fc.assert(
      fc.property(size, size, fc.option(size, { nil: undefined }), (first, length, behind) => {
        const last = first + length
        const total = behind === undefined ? undefined : last + 1 + behind
        expect(parseContentRange(`bytes ${first}-${last}/${total ?? '*'}`)).toEqual({ first, last, total })
      }),
    )
  })

  test.each([
    undefined,
    '',
    'bytes',
    'bytes 5-4/10',
    'bytes 0-9/9',
    'bytes 0-10/10',
    'bytes */10',
    'bytes -1-3/10',
    'bytes 0-/10',
    'bytes 0-3',
    'bytes 0-3/',
    'bytes=0-3/10',
    'items 0-3/10',
    'bytes 0-3/10, bytes 4-5/10',
    'bytes 0x0-3/10',
    `bytes 0-${'9'.repeat(16)}/*`,
  ])('%j is none', (text) => {
    expect(parseContentRange(text)).toBeUndefined()
  })

  test('any text is taken in, and cut anywhere it is none or makes sense', () => {
    const text = 'bytes 100-199/12345'
    for (let end = 0; end <= text.length; end += 1) {
      const range = parseContentRange(text.slice(0, end))
      if (range?.total !== undefined) expect(range.last).toBeLessThan(range.total)
    }
    fc.assert(
      fc.property(fc.string(), (any) => {
        expect(parseContentRange(any)).toBeUndefined()
      }),
    )
  })

  test('the total of a 416, and lengths', () => {
    expect(parseUnsatisfiedRange('bytes */1234')).toBe(1234)
    for (const text of [undefined, '', 'bytes 0-1/2', 'bytes */', 'bytes */*']) {
      expect(parseUnsatisfiedRange(text)).toBeUndefined()
    }
    expect(parseContentLength('0')).toBe(0)
    for (const text of [undefined, '', '-1', '1.5', '1, 1', '0x10', '1e3'])
      expect(parseContentLength(text)).toBeUndefined()
  })
})

describe('digest fields', () => {
  const bytes = fc.uint8Array({ maxLength: 64 })
  const word = fc.stringMatching(/^[a-z*][a-z0-9_.*-]{0,8}$/)
  const item = fc.oneof(
    fc.integer().map(String),
    fc.constantFrom('?0', '?1', '1.5', 'token', '"text, with \\" =:AA==: in it"', '*a/b:c', '@1700000000', '%"x"'),
    bytes.map(sequence),
  )
  const parameters = fc
    .array(fc.tuple(word, fc.option(item, { nil: undefined })), { maxLength: 2 })
    .map((all) => all.map(([name, value]) => (value === undefined ? `; ${name}` : `;${name}=${value}`)).join(''))
  const list = fc
    .array(fc.tuple(item, parameters), { maxLength: 3 })
    .map((all) => `( ${all.map((one) => one.join('')).join(' ')} )`)
  const other = fc.oneof(
    fc.tuple(fc.constant('='), fc.oneof(item, list), parameters).map((all) => all.join('')),
    parameters,
  )

  test('byte sequences are found among whatever else is there', () => {
    const members = fc.array(fc.tuple(word, other), { maxLength: 4 })
    fc.assert(
      fc.property(members, members, bytes, bytes, (before, after, short, long) => {
        const fields = [
          ...before.map(([name, value]) => `x${name}${value}`),
          `sha-256=${sequence(short)};p=1`,
          ...after.map(([name, value]) => `y${name}${value}`),
          `sha-512=${sequence(long)}`,
        ]
        for (const text of [[fields.join(',')], [fields.join(' ,\t ')], fields]) {
          const found = parseDigests(text)
          expect([...found.keys()]).toEqual(['sha-256', 'sha-512'])
          expect(Buffer.from(found.get('sha-256') ?? '').equals(short)).toBe(true)
          expect(Buffer.from(found.get('sha-512') ?? '').equals(long)).toBe(true)
        }
      }),
    )
  })

  test('the last of a name counts, and one that is no byte sequence is none', () => {
    const [one, two] = [Buffer.from('one'), Buffer.from('two')]
    expect(parseDigests([`sha-256=${sequence(one)}, sha-256=${sequence(two)}`]).get('sha-256')).toEqual(two)
    expect(parseDigests([`sha-256=${sequence(one)}, sha-256="text"`]).size).toBe(0)
    expect(parseDigests(['sha-256']).size).toBe(0)
    expect(parseDigests(['md5=:AA==:, sha=:AA==:, unixsum=:AA==:']).size).toBe(0)
    expect(parseDigests([]).size).toBe(0)
  })

  test.each([
    'sha-256=:AA==',
    'sha-256=',
    'sha-256=:AA==:,',
    ',sha-256=:AA==:',
    'SHA-256=:AA==:',
    'sha-256=:A A:',
    'sha-256=(:AA==:',
    'sha-256 =:AA==:',
    'sha-256=:AA==: x',
    'sha-256=:AA==:;',
    'a=("x""y"),sha-256=:AA==:',
  ])('of %j nothing is taken', (text) => {
    expect(parseDigests([text]).size).toBe(0)
  })

  test('cut anywhere, a digest is whole or not there', () => {
    const value = createHash('sha256').update('x').digest()
    const text = `a=1;b="c", sha-256=${sequence(value)}, d=(1 2)`
    const cut = Array.from({ length: text.length + 1 }, (_value, end) =>
      parseDigests([text.slice(0, end)]).get('sha-256'),
    )
    const found = cut.filter((digest) => digest !== undefined)
    expect(found.length).toBeGreaterThan(0)
    expect(found.every((digest) => Buffer.from(digest).equals(value))).toBe(true)
  })

  test('any text is taken in', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[sha256=:A;,"(\\ -]*$/)), (text) => {
        expect(parseDigests([text]).size).toBeLessThanOrEqual(2)
      }),
    )
    expect(parseDigests(['a'.repeat(1_000_000)]).size).toBe(0)
    expect(parseDigests([`a="${'\\"'.repeat(500_000)}`]).size).toBe(0)
    expect(parseDigests([`a=(${' '.repeat(1_000_000)}`]).size).toBe(0)
    expect(parseDigests([`a${' '.repeat(1_000_000)}b`]).size).toBe(0)
  })

  function sequence(value: Uint8Array): string {
    return `:${Buffer.from(value).toString('base64')}:`
  }
})

describe('validators', () => {
  const date = 'Tue, 03 Mar 2026 10:00:00 GMT'
  test.each([
    [{ etag: '"abc"' }, '"abc"'],
    [{ etag: '""' }, '""'],
    [{ etag: 'W/"abc"' }, undefined],
    [{ etag: 'abc' }, undefined],
    [{ etag: '"a"b"' }, undefined],
    [{ etag: '"a b"' }, undefined],
    [{}, undefined],
    [{ 'last-modified': date }, undefined],
    [{ 'last-modified': date, date }, undefined],
    [{ 'last-modified': date, date: 'Tue, 03 Mar 2026 10:00:01 GMT' }, date],
    [{ 'last-modified': date, date: 'Tue, 03 Mar 2026 09:00:00 GMT' }, undefined],
    [{ 'last-modified': date, date: 'soon' }, undefined],
    [{ 'last-modified': '2026-03-03', date: 'Tue, 03 Mar 2026 10:00:01 GMT' }, undefined],
    // A date is not to be used where there is a tag (RFC 9110 §13.1.5).
    [{ etag: 'W/"abc"', 'last-modified': date, date: 'Tue, 03 Mar 2026 10:00:01 GMT' }, undefined],
  ])('of %j is %j', (headers, value) => {
    expect(strongValidator(headerList(headers))?.value).toBe(value)
  })

  test('two tags are none, and confirm nothing', () => {
    const two = headerList([
      ['etag', '"a"'],
      ['etag', '"a"'],
    ])
    expect(strongValidator(two)).toBeUndefined()
    expect(confirms(two, { kind: 'etag', value: '"a"' })).toBe(false)
  })
})

describe('sidecar', () => {
  const stretches = fc
    .uniqueArray(fc.integer({ min: 0, max: 10_000 }), { maxLength: 20 })
    .map((ends) => ends.toSorted((left, right) => left - right))
    .map((ends) =>
      Array.from({ length: Math.floor(ends.length / 2) }, (_value, index) => ends.slice(index * 2, index * 2 + 2)),
    )
    .map((pairs) => pairs.map(([first = 0, end = 0]) => ({ first, end })))
  const sidecar: fc.Arbitrary<Sidecar> = fc.record({
    validator: fc.oneof(
      fc.stringMatching(/^"[!#-~]{0,10}"$/).map((value) => ({ kind: 'etag' as const, value })),
      fc.constant({ kind: 'last-modified' as const, value: 'Tue, 03 Mar 2026 10:00:00 GMT' }),
    ),
    totalBytes: fc.option(fc.integer({ min: 10_000, max: Number.MAX_SAFE_INTEGER }), { nil: undefined }),
    inOrder: fc.boolean(),
    done: stretches,
  })

  test('what is written is read, and cut anywhere it is nothing', () => {
    fc.assert(
      fc.property(sidecar, (facts) => {
        const text = formatSidecar(facts)
        expect(parseSidecar(text)).toEqual(facts)
        for (let end = 0; end < text.length; end += 1) expect(parseSidecar(text.slice(0, end))).toBeUndefined()
      }),
      { numRuns: 50 },
    )
  })

  test('any JSON is taken in', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseSidecar(text)).toBeUndefined()
      }),
    )
  })

  const good = { version: 1, validator: ['etag', '"a"'], total: 100, inOrder: false, done: [[0, 10]] }
  test.each([
    { version: 2 },
    { validator: ['etag', 'W/"a"'] },
    { validator: ['etag', '"a"\r\nx: y'] },
    { validator: ['last-modified', 'yesterday'] },
    { validator: ['etag'] },
    { total: -1 },
    { total: 1.5 },
    { total: '100' },
    { total: undefined },
    { inOrder: 1 },
    { done: [[0, 101]] },
    { done: [[10, 10]] },
    { done: [[10, 5]] },
    { done: [[-1, 5]] },
    {
      done: [
        [0, 10],
        [10, 20],
      ],
    },
    {
      done: [
        [20, 30],
        [0, 10],
      ],
    },
    { done: [[0, 10, 20]] },
    { done: [['0', '10']] },
    { done: {} },
    { done: Array.from({ length: 1_001 }, (_value, index) => [index * 2, index * 2 + 1]), total: null },
  ])('with %j it is nothing', (change) => {
    expect(parseSidecar(JSON.stringify(good))).toBeDefined()
    expect(parseSidecar(JSON.stringify({ ...good, ...change }))).toBeUndefined()
  })

  test('a polluted prototype adds nothing', () => {
    Object.assign(Object.prototype, good)
    try {
      expect(parseSidecar('{}')).toBeUndefined()
      expect(parseSidecar('{"__proto__":{"version":1}}')).toBeUndefined()
    } finally {
      for (const name of Object.keys(good)) Reflect.deleteProperty(Object.prototype, name)
    }
  })

  test('stretches added in any order are a sorted set; what is missing completes them', () => {
    const added = fc.array(
      fc
        .tuple(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 30 }))
        .map(([first, length]) => ({ first, end: first + length })),
      { maxLength: 20 },
    )
    fc.assert(
      fc.property(added, fc.integer({ min: 1, max: 50 }), (all, pieceBytes) => {
        let done: Stretch[] = []
        const model = new Set<number>()
        for (const stretch of all) {
          done = withStretch(done, stretch)
          for (let at = stretch.first; at < stretch.end; at += 1) model.add(at)
        }
        const covered = new Set<number>()
        let last = -1
        for (const { first, end } of done) {
          expect(first).toBeGreaterThan(last)
          for (let at = first; at < end; at += 1) covered.add(at)
          last = end
        }
        expect(covered).toEqual(model)
        for (const { first, end } of missingStretches(done, 230, pieceBytes)) {
          expect(end - first).toBeLessThanOrEqual(pieceBytes)
          for (let at = first; at < end; at += 1) {
            expect(covered.has(at)).toBe(false)
            covered.add(at)
          }
        }
        expect(covered.size).toBe(230)
      }),
    )
  })
})
