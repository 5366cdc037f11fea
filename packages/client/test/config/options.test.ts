import { mockTransport } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { ConfigError, connectionPool, createClient, isHttpError } from '../../src/index.ts'
import { thrown } from '../support/thrown.ts'

/** The error of a wrong configuration, whatever its type. */
function refusal(config: unknown): ConfigError {
  const error = thrown(() => createClient('http://a.test', config as object))
  if (error instanceof ConfigError) return error
  throw new Error(`not a ConfigError: ${String(error)}`)
}

/** `a.b` and 5 are `{ a: { b: 5 } }`. */
function at(path: string, value: unknown): unknown {
  return path.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), value)
}

const numbers = ['x', null, {}, [], true, Number.NaN, -1, 1.5, Infinity, -Infinity]
const durations = ['5', null, {}, [], true, Number.NaN, 0, -1, Infinity, 2 ** 31]
const objects = [5, 'x', null, [], true]
const texts = [5, null, {}, [], true]
const booleans = [0, 1, 'true', null, {}]

const wrong: Readonly<Record<string, readonly unknown[]>> = {
  headers: [5, 'x', null, true],
  query: [5, 'a=1', null, true, [1]],
  queryStyle: ['x', 5, null, 'Repeat'],
  secretHeaders: ['x', 5, {}, [5], null],
  pool: objects,
  'pool.maxConnections': ['x', 0, -1, 1.5, Number.NaN, null],
  'pool.maxIdleConnections': numbers,
  'pool.acquireTimeoutMs': ['5', 0, -1, true, null, 2 ** 31],
  'pool.maxStreamsPerConnection': ['x', 0, -1, 1.5, null, 2 ** 31],
  'pool.idleTimeoutMs': durations,
  'pool.maxAgeMs': durations,
  'pool.maxRequestsPerConnection': ['x', 0, -1, 1.5, null],
  timeout: ['5', null, [], true, 0, -1, Number.NaN, Infinity, 2 ** 31],
  'timeout.totalMs': durations,
  'timeout.attemptMs': durations,
  'timeout.queueMs': durations,
  'timeout.connectMs': durations,
  'timeout.headersMs': durations,
  'timeout.idleMs': durations,
  limits: objects,
  'limits.statusLineBytes': [...numbers, 15],
  'limits.headerBytes': [...numbers, 63],
  'limits.bodyBytes': numbers,
  'limits.decodedRatio': ['x', null, {}, Number.NaN, 0.5, -1, Infinity],
  'limits.interimResponses': numbers,
  httpVersion: ['3', 2, null, 'http/2', ''],
  http2: objects,
  'http2.priorKnowledge': booleans,
  'http2.initialWindowBytes': [...numbers, 65_534, 2 ** 31],
  'http2.pingIntervalMs': numbers,
  tls: objects,
  'tls.ca': [5, null, {}, true, [5]],
  'tls.cert': [5, null, {}, true, []],
  'tls.key': [5, null, {}, true, []],
  'tls.passphrase': texts,
  'tls.pfx': [5, null, {}, true, []],
  'tls.minVersion': ['TLSv1', 'TLSv1.1', '1.2', 5, null],
  'tls.maxVersion': ['TLSv1.1', '1.3', 5, null],
  'tls.ciphers': texts,
  'tls.serverName': texts,
  'tls.verifyHostname': booleans,
  'tls.insecure': booleans,
  socketPath: texts,
  proxy: [5, true, null, [], Promise.resolve('http://p')],
  'proxy.url': [5, null, {}],
  'proxy.tls': objects,
  guard: objects,
  'guard.privateNetworks': [5, 'yes', null, true],
  'guard.absoluteUrls': [5, 'yes', null, false],
  'guard.allow': ['localhost', 5, null, [5]],
  'guard.deny': ['localhost', 5, null, [null]],
  'guard.schemes': ['http', [], ['ftp'], null],
  use: objects,
  'use.call': [5, 'x', null, {}, [5], [{}], [{ name: 'x' }], [{ name: 5, wrap: () => 1 }], [{ name: 'x', wrap: 5 }]],
  'use.attempt': [5, 'x', null, {}, [null], [{ wrap: () => 1 }]],
  transport: [5, 'x', null, {}, { open: 5 }],
  clock: [5, null, {}, { now: 1 }],
}

describe.each(Object.entries(wrong))('%s', (option, values) => {
  test('of a wrong type or range is refused by name, with what was expected', () => {
    for (const value of values) {
      const error = refusal(at(option, value))
      expect([option, value, error.option]).toEqual([option, value, option])
      expect(error).toMatchObject({ name: 'ConfigError', code: 'config', sent: 'no' })
      expect(isHttpError(error, 'config')).toBe(true)
      expect(error.message).toMatch(/^[\w.]+: expected .+, got .+/)
      expect(error.message).toContain(error.expected)
      if (typeof value === 'number') expect(error.message).toContain(`got ${value}`)
      else if (typeof value === 'string') expect(error.message).toContain(`got "${value}"`)
    }
  })
})

test('ranges are told', () => {
  expect(refusal({ pool: { maxConnections: 0 } }).message).toContain('at least 1')
  expect(refusal({ timeout: 2 ** 31 }).message).toContain(String(2 ** 31 - 1))
  expect(refusal({ timeout: 2 ** 31 }).message).toContain('false')
  expect(refusal({ httpVersion: '3' }).message).toContain("'auto' or '1.1' or '2'")
})

describe('what is right is taken', () => {
  test.each<[string, unknown]>([
    ['nothing', {}],
    [
      'undefined for all',
      Object.fromEntries(
        Object.keys(wrong)
          .filter((name) => !name.includes('.'))
          .map((name) => [name, undefined]),
      ),
    ],
    [
      'limits of a pool',
      { pool: { maxConnections: 1, maxIdleConnections: 0, acquireTimeoutMs: false, maxRequestsPerConnection: 1 } },
    ],
    [
      'Infinity for those that are unlimited',
      { pool: { maxConnections: Infinity, maxRequestsPerConnection: Infinity } },
    ],
    ['a shared pool', { pool: connectionPool({}) }],
    [
      'false for every time limit',
      {
        timeout: {
          totalMs: false,
          attemptMs: false,
          queueMs: false,
          connectMs: false,
          headersMs: false,
          idleMs: false,
        },
      },
    ],
    ['false for the total time', { timeout: false }],
    [
      'the smallest limits',
      { limits: { statusLineBytes: 16, headerBytes: 64, bodyBytes: 0, decodedRatio: 1, interimResponses: 0 } },
    ],
    ['the longest time', { timeout: 2 ** 31 - 1 }],
    ['headers as a list', { headers: [['a', 'b']] }],
    ['headers as a Map', { headers: new Map([['a', 'b']]) }],
    ['headers as Headers', { headers: new Headers({ a: 'b' }) }],
    ['HTTP/2', { httpVersion: '2', http2: { priorKnowledge: true, initialWindowBytes: 65_535, pingIntervalMs: 0 } }],
    ['TLS', { tls: { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3', serverName: 'x', verifyHostname: true } }],
    ['an object without a prototype', Object.assign(Object.create(null), { timeout: 5 })],
  ])('%s', async (_name, config) => {
    const api = createClient('http://a.test', config as object)
    expect(api.describe().at(-1)).toBe('transport')
    await api.close()
  })
})

describe('unknown names', () => {
  test.each([
    ['header', 'headers'],
    ['querry', 'query'],
    ['timeouts', 'timeout'],
    ['Pool', 'pool'],
    ['httpVerison', 'httpVersion'],
    ['socket_path', 'socketPath'],
    ['pool.maxConection', 'maxConnections'],
    ['pool.idleTimeout', 'idleTimeoutMs'],
    ['timeout.total', 'totalMs'],
    ['timeout.headerMs', 'headersMs'],
    ['limits.bodyByte', 'bodyBytes'],
    ['http2.priorKnowlege', 'priorKnowledge'],
    ['tls.servername', 'serverName'],
    ['tls.certs', 'cert'],
    ['use.calls', 'call'],
  ])('%s: did you mean %s?', (name, nearest) => {
    const error = refusal(at(name, 5))
    expect(error.option).toBe(name)
    expect(error.message).toContain(`did you mean '${nearest}'?`)
  })

  test('that are like none are refused with all that are known', () => {
    const error = refusal({ zzzzzzzzzzzz: 1 })
    expect(error.message).toMatch(/one of headers, query/)
    expect(error.message).not.toContain('did you mean')
    expect(refusal({ ['__proto__x']: 1 }).code).toBe('config')
    expect(refusal(JSON.parse('{"__proto__":{"timeout":5}}')).option).toBe('__proto__')
  })

  test('of a config that is no object', () => {
    for (const config of [5, 'x', null, [], true]) expect(refusal(config)).toMatchObject({ code: 'config' })
  })
})

test.each(['pool', 'httpVersion', 'http2', 'tls', 'proxy', 'socketPath'])(
  '%s means nothing to a transport of one’s own',
  (name) => {
    const value = name === 'httpVersion' ? '2' : name === 'socketPath' || name === 'proxy' ? '/x' : {}
    expect(refusal({ transport: mockTransport({}), [name]: value })).toMatchObject({ option: name })
  },
)

test('values that may be secret are not in the message', () => {
  for (const config of [
    { headers: { authorization: 'top-secret\r\n' } },
    { headers: { 'authorization: top-secret': 'x' } },
    { headers: { authorization: { token: 'top-secret' } } },
    { query: { token: { secret: 'top-secret' } } },
    { timeout: { token: 'top-secret' } },
    { use: { call: [{ name: 'top-secret' }] } },
    { tls: { passphrase: ['top-secret'] } },
  ])
    expect(String(refusal(config))).not.toContain('top-secret')
})
