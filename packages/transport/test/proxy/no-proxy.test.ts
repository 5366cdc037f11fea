import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { environmentProxies } from '../../src/connect/proxy/environment.ts'
import { isExempt, isLoopback, parseNoProxy } from '../../src/connect/proxy/no-proxy.ts'

/** Code units of all kinds; those of fast-check by `unit` take seconds to be made ready. */
const anyText = fc.uint16Array({ maxLength: 20 }).map((units) => String.fromCharCode(...units))

const exempt = (list: string, url: string): boolean => isExempt(parseNoProxy(list), new URL(url))

describe('no_proxy', () => {
  test.each([
    ['*', 'http://anything/', true],
    ['a.test, *', 'http://anything/', true],
    ['', 'http://a.test/', false],
    ['a.test', 'http://a.test/', true],
    ['a.test', 'http://b.a.test/', true],
    ['a.test', 'http://ba.test/', false],
    ['.a.test', 'http://a.test/', true],
    ['.a.test', 'http://b.a.test/', true],
    ['*.a.test', 'http://c.b.a.test/', true],
    ['A.TEST.', 'http://a.test/', true],
    ['a.test', 'http://A.test./', true],
    ['x,a.test', 'http://a.test/', true],
    ['x  a.test', 'http://a.test/', true],
    [' x , ,a.test ,', 'http://a.test/', true],
    ['a.test:80', 'http://a.test/', true],
    ['a.test:443', 'http://a.test/', false],
    ['a.test:443', 'https://a.test/', true],
    ['.a.test:8080', 'http://b.a.test:8080/', true],
    ['10.0.0.1', 'http://10.0.0.1/', true],
    ['10.0.0.1', 'http://0xa.1/', true],
    ['10.0.0.1', 'http://[::ffff:10.0.0.1]/', true],
    ['10.0.0.1:81', 'http://10.0.0.1/', false],
    ['10.0.0.0/8', 'http://10.9.8.7/', true],
    ['10.9.8.7/8', 'http://10.1.1.1/', true],
    ['10.0.0.0/8', 'http://11.0.0.1/', false],
    ['10.0.0.0/8', 'http://10.a.test/', false],
    ['0.0.0.1', 'http://10.0.0.1/', false],
    ['fd00::/8', 'http://[fd00::1]/', true],
    ['[fd00::1]:80', 'http://[fd00::1]/', true],
    ['fd00::1', 'http://[fd00::1]/', true],
    ['10.0.0.0/99,:::,/,[,a.test', 'http://a.test/', true],
    ['http://a.test', 'http://a.test/', false],
  ])('%j exempts %s: %s', (list, url, expected) => {
    expect(exempt(list, url)).toBe(expected)
  })

  test('no text makes it throw', () => {
    const url = new URL('http://a.test/')
    fc.assert(fc.property(anyText, (text) => void isExempt(parseNoProxy(text), url)))
  })

  test('a name exempts itself and what is below it', () => {
    fc.assert(
      fc.property(fc.domain(), (host) => {
        expect(exempt(host, `http://${host}/`)).toBe(true)
        expect(exempt(`.${host}`, `http://x.${host}/`)).toBe(true)
        expect(exempt(host, `http://x${host}/`)).toBe(false)
      }),
    )
  })
})

test.each([
  ['http://localhost/', true],
  ['http://localhost./', true],
  ['http://a.localhost/', true],
  ['http://127.0.0.1/', true],
  ['http://127.9.9.9/', true],
  ['http://2130706433/', true],
  ['http://[::1]/', true],
  ['http://[::ffff:127.0.0.1]/', true],
  ['http://10.0.0.1/', false],
  ['http://localhost.test/', false],
  ['http://[::2]/', false],
])('%s is this machine: %s', (url, expected) => {
  expect(isLoopback(new URL(url))).toBe(expected)
})

describe('the environment', () => {
  const chosen = (environment: Readonly<Record<string, string>>, url: string): string | undefined =>
    environmentProxies(environment)(new URL(url))?.label

  test.each<[environment: Readonly<Record<string, string>>, url: string, proxy: string | undefined]>([
    [{}, 'http://a.test/', undefined],
    [{ http_proxy: 'http://p.test:3128' }, 'http://a.test/', 'http://p.test:3128'],
    [{ http_proxy: 'http://p.test:3128' }, 'https://a.test/', undefined],
    [{ HTTP_PROXY: 'http://p.test:3128' }, 'http://a.test/', undefined],
    [{ https_proxy: 'http://p.test:3128' }, 'https://a.test/', 'http://p.test:3128'],
    [{ HTTPS_PROXY: 'http://p.test:3128' }, 'https://a.test/', 'http://p.test:3128'],
    [{ https_proxy: 'http://p.test', HTTPS_PROXY: 'http://q.test' }, 'https://a.test/', 'http://p.test:80'],
    [{ https_proxy: '', HTTPS_PROXY: 'http://q.test' }, 'https://a.test/', 'http://q.test:80'],
    [{ all_proxy: 'socks5://p.test' }, 'http://a.test/', 'socks5://p.test:1080'],
    [{ ALL_PROXY: 'socks5h://p.test' }, 'https://a.test/', 'socks5h://p.test:1080'],
    [{ all_proxy: 'http://p.test', https_proxy: 'http://q.test' }, 'https://a.test/', 'http://q.test:80'],
    [{ http_proxy: 'p.test:3128' }, 'http://a.test/', 'http://p.test:3128'],
    [{ http_proxy: 'user:secret@p.test' }, 'http://a.test/', 'http://p.test:80'],
    [{ http_proxy: 'p.test', no_proxy: 'a.test' }, 'http://a.test/', undefined],
    [{ http_proxy: 'p.test', NO_PROXY: 'a.test' }, 'http://a.test/', undefined],
    [{ http_proxy: 'p.test', no_proxy: 'a.test', NO_PROXY: 'b.test' }, 'http://b.test/', 'http://p.test:80'],
    [{ http_proxy: 'p.test' }, 'http://127.0.0.1/', undefined],
    [{ http_proxy: 'p.test' }, 'http://localhost:3000/', undefined],
  ])('%j for %s: %s', (environment, url, proxy) => {
    expect(chosen(environment, url)).toBe(proxy)
  })

  test('a polluted prototype names no proxy', () => {
    const polluted: Record<string, string> = Object.create({ http_proxy: 'http://evil.test', all_proxy: 'evil.test' })
    expect(chosen(polluted, 'http://a.test/')).toBeUndefined()
  })

  test('a variable that is wrong is named, without what is in it', () => {
    for (const wrong of [
      'http://user:s3cret@',
      'gopher://user:s3cret@p',
      'http://user:s3cret@p/path',
      'http://us%er:s3cret@p',
    ]) {
      expect(() => environmentProxies({ http_proxy: wrong })).toThrow(/^proxy \(http_proxy\): expected (?!.*s3cret)/)
    }
  })
})
