import { headerList } from '@halyard/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rateLimitMs, retryAfterMs } from '../../src/retry/index.ts'

const now = Date.UTC(2026, 0, 1, 12, 0, 0)

function after(value: string, more: Record<string, string> = {}): number | undefined {
  return retryAfterMs(headerList({ 'retry-after': value, ...more }), now)
}

describe('Retry-After', () => {
  test.each<[string, number | undefined]>([
    ['0', 0],
    ['1', 1000],
    ['007', 7000],
    [' 120 ', 120_000],
    ['1000000000', 1e12],
    ['9'.repeat(400), Infinity],
    ['-1', undefined],
    ['+1', undefined],
    ['1.5', undefined],
    ['1e3', undefined],
    ['0x10', undefined],
    ['1, 2', undefined],
    ['1s', undefined],
    ['', undefined],
    ['soon', undefined],
    ['NaN', undefined],
    ['Infinity', undefined],
    ['²', undefined],
    // The three forms of a date (RFC 9110 §5.6.7).
    ['Thu, 01 Jan 2026 12:00:30 GMT', 30_000],
    ['Thursday, 01-Jan-26 12:01:00 GMT', 60_000],
    ['Thu Jan  1 12:00:05 2026', 5000],
    // Passed.
    ['Thu, 01 Jan 2026 11:59:59 GMT', 0],
    ['Sun, 06 Nov 1994 08:49:37 GMT', 0],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 0],
    ['Sun Nov  6 08:49:37 1994', 0],
    // More than 50 years ahead would be 76.
    ['Thursday, 01-Jan-76 12:00:00 GMT', Date.UTC(2076, 0, 1, 12) - now],
    ['Thursday, 01-Jan-77 12:00:00 GMT', 0],
    ['Fri, 31 Dec 9999 23:59:59 GMT', Date.UTC(9999, 11, 31, 23, 59, 59) - now],
    // No dates.
    ['Thu, 32 Jan 2026 12:00:30 GMT', undefined],
    ['Mon, 30 Feb 2026 12:00:30 GMT', undefined],
    ['Thu, 01 Foo 2026 12:00:30 GMT', undefined],
    ['Thu, 01 Jan 2026 25:00:30 GMT', undefined],
    ['Thu, 01 Jan 2026 12:60:30 GMT', undefined],
    ['Thu, 01 Jan 2026 12:00:30', undefined],
    ['Thu, 01 Jan 2026 12:00:30 +0100', undefined],
    ['2026-01-01T12:00:30Z', undefined],
    ['01 Jan 2026', undefined],
  ])('%j is %j ms', (value, expected) => {
    expect(after(value)).toBe(expected)
  })

  test('no field, or an unknown one', () => {
    expect(retryAfterMs(headerList({}), now)).toBeUndefined()
    expect(retryAfterMs(headerList({ 'x-retry-after': '1' }), now)).toBeUndefined()
  })

  test('a date counts from the server’s own clock, where it says what that is', () => {
    const date = 'Thu, 01 Jan 2026 13:00:30 GMT'
    expect(after(date, { date: 'Thu, 01 Jan 2026 13:00:00 GMT' })).toBe(30_000)
    expect(after(date, { date: 'rubbish' })).toBe(3_630_000)
  })

  test('any second of any date in each form', () => {
    const second = fc.integer({ min: Date.UTC(2026, 0, 1, 12) / 1000, max: Date.UTC(2075, 0, 1) / 1000 })
    fc.assert(
      fc.property(second, (at) => {
        const text = new Date(at * 1000).toUTCString()
        const [, day = '', month = '', year = '', time = ''] = text.split(' ')
        const expected = at * 1000 - now
        expect(after(text)).toBe(expected)
        expect(after(`Wednesday, ${day}-${month}-${year.slice(2)} ${time} GMT`)).toBe(expected)
        expect(after(`Wed ${month} ${String(Number(day)).padStart(2)} ${time} ${year}`)).toBe(expected)
      }),
    )
  })

  test('whatever a server sends: nothing is thrown, and never less than 0', () => {
    const text = fc.string({ unit: fc.constantFrom(...Array.from('0123456789 -+.,:;eTGMSunJadr"\t')) })
    fc.assert(
      fc.property(text, (value) => {
        const waited = after(value.replaceAll('\n', ''))
        expect(waited === undefined || waited >= 0).toBe(true)
      }),
    )
  })
})

describe('RateLimit', () => {
  const wait = (limit: string | string[], policy?: string): number | undefined =>
    rateLimitMs(headerList({ ratelimit: limit, ...(policy === undefined ? {} : { 'ratelimit-policy': policy }) }))

  test.each<[string | string[], string | undefined, number | undefined]>([
    ['"default";r=0;t=30', undefined, 30_000],
    ['"default";t=30;r=0', undefined, 30_000],
    ['  "default" ; r=0 ; t=30 ', undefined, 30_000],
    ['default;r=0;t=30', undefined, 30_000],
    ['"default";r=0;t=0', undefined, 0],
    ['"default";r=5;t=30', undefined, undefined],
    ['"default";t=30', undefined, undefined],
    ['"a";r=0;t=5, "b";r=0;t=60, "c";r=1;t=600', undefined, 60_000],
    [['"a";r=0;t=5', '"b";r=0;t=60'], undefined, 60_000],
    // Without `t`, the window of the policy of the same name.
    ['"burst";r=0', '"daily";q=1000;w=86400, "burst";q=10;w=7', 7000],
    ['"burst";r=0', '"daily";q=1000;w=86400', undefined],
    ['"burst";r=0', undefined, undefined],
    // Names may hold what separates.
    ['"a,b;r=0;t=9";r=0;t=2', undefined, 2000],
    ['"a\\",b";r=0;t=2', undefined, 2000],
    ['"a";pk=:c2VjcmV0:;r=0;t=2', undefined, 2000],
    // Of other forms.
    ['limit=100, remaining=0, reset=5', undefined, undefined],
    ['"default";r=0;t=-1', undefined, undefined],
    ['"default";r=0;t=1.5', undefined, undefined],
    ['"default";r=0;t="5"', undefined, undefined],
    ['"default";r=0.0;t=5', undefined, undefined],
    ['"unclosed;r=0;t=5', undefined, undefined],
    ['', undefined, undefined],
    [`"default";r=0;t=5${','.repeat(5000)}`, undefined, undefined],
  ])('%j with the policy %j is %j ms', (limit, policy, expected) => {
    expect(wait(limit, policy)).toBe(expected)
  })

  test('a policy alone says nothing', () => {
    expect(rateLimitMs(headerList({ 'ratelimit-policy': '"default";q=0;w=60' }))).toBeUndefined()
  })

  test('whatever a server sends: nothing is thrown, and never less than 0', () => {
    const text = fc.string({ unit: fc.constantFrom(...Array.from('ab",;=\\rtw0123456789 *')) })
    fc.assert(
      fc.property(text, text, (limit, policy) => {
        const waited = wait(limit, policy)
        expect(waited === undefined || (waited >= 0 && Number.isFinite(waited))).toBe(true)
      }),
    )
  })
})
