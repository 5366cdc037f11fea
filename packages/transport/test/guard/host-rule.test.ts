import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hostOf, matchesAddress, matchesName, parseHostRule, portOf } from '../../src/connect/guard/host-rule.ts'
import { parseIp } from '../../src/connect/guard/ip-address.ts'

/** Code units of all kinds; those of fast-check by `unit` take seconds to be made ready. */
const anyText = fc.uint16Array({ maxLength: 20 }).map((units) => String.fromCharCode(...units))

function matches(text: string, url: string): boolean {
  const rule = parseHostRule(text)
  if (rule === undefined) throw new Error(`${text} is no rule`)
  const target = new URL(url)
  const address = parseIp(hostOf(target))
  return (
    matchesName(rule, hostOf(target), portOf(target)) ||
    (address !== undefined && matchesAddress(rule, address, portOf(target)))
  )
}

test.each([
  ['example.com', 'https://example.com/', true],
  ['example.com', 'https://example.com./', true],
  ['EXAMPLE.com.', 'https://example.com/', true],
  ['example.com', 'https://a.example.com/', false],
  ['example.com', 'https://notexample.com/', false],
  ['*.example.com', 'https://a.b.example.com/', true],
  ['*.example.com', 'https://example.com/', false],
  ['example.com:443', 'https://example.com/', true],
  ['example.com:443', 'http://example.com/', false],
  ['example.com:8080', 'http://example.com:8080/', true],
  ['*.example.com:8080', 'http://a.example.com:8080/', true],
  ['bücher.example', 'https://xn--bcher-kva.example/', true],
  ['10.0.0.0/8', 'http://10.1.2.3/', true],
  ['10.0.0.0/8', 'http://11.1.2.3/', false],
  ['10.0.0.0/8:81', 'http://10.1.2.3/', false],
  ['10.0.0.0/8:81', 'http://10.1.2.3:81/', true],
  ['127.0.0.1', 'http://0x7f.1/', true],
  ['::1', 'http://[::1]/', true],
  ['[::1]', 'http://[::1]:81/', true],
  ['[::1]:81', 'http://[::1]:81/', true],
  ['[::1]:81', 'http://[::1]/', false],
  ['[fd00::/8]:81', 'http://[fd00::1]:81/', true],
  ['fd00::/8', 'http://[fd00::1]:81/', true],
])('%s and %s: %s', (rule, url, expected) => {
  expect(matches(rule, url)).toBe(expected)
})

test.each([
  '',
  '*',
  '*.',
  '.example.com',
  'a.*.b',
  'http://example.com',
  'example.com/x',
  'example.com:0',
  'example.com:65536',
  'example.com:',
  'user@example.com',
  'a b',
  '10.0.0.1/8',
  '[10.0.0.1]',
  '[example.com]',
  '0x7f.1',
])('%s is no rule', (text) => {
  expect(parseHostRule(text)).toBeUndefined()
})

test('whatever is read matches itself', () => {
  fc.assert(
    fc.property(fc.domain(), fc.integer({ min: 1, max: 65_535 }), (host, port) => {
      expect(matches(host, `http://${host}:${port}/`)).toBe(true)
      expect(matches(`${host}:${port}`, `http://${host}:${port}/`)).toBe(true)
      expect(matches(`*.${host}`, `http://a.${host}/`)).toBe(true)
    }),
  )
})

test('no text makes it throw', () => {
  fc.assert(fc.property(anyText, (text) => void parseHostRule(text)))
})
