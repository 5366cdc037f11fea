import type { LookupFunction } from 'node:net'
import { isHttpError, type RejectedError } from '@halyard/core'
import { http2Server, httpServer, unixServer } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { connectionPool, transport, type GuardOptions } from '../../src/index.ts'
import { clientFor, text, thrown } from '../kit/client.ts'
import { checkLeaks, tidy } from '../kit/tidy.ts'

checkLeaks()

const guard: GuardOptions = { privateNetworks: 'deny' }
const ok = () => tidy(httpServer((_request, response) => void response.end('ok')))

/** Answers each look-up with the next list; the last one stays. */
function resolving(...answers: readonly (readonly string[])[]): LookupFunction & { asked: number } {
  const lookup = (_host: string, _options: unknown, callback: (error: null, found: never) => void): void => {
    const answer = answers[Math.min(lookup.asked, answers.length - 1)] ?? []
    lookup.asked += 1
    callback(null, answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })) as never)
  }
  lookup.asked = 0
  return lookup
}

const spellings = [
  '127.0.0.1',
  '127.1',
  '127.0.1',
  '2130706433',
  '017700000001',
  '0177.0.0.1',
  '0x7f.0.0.1',
  '0x7f.1',
  '0x7f000001',
  '0x7F.0x0.0x0.0x1',
  '127.0.0.1.',
  '127.000.000.001',
  '%31%32%37.0.0.1',
  '%30x7f.1',
  '127%2E0%2E0%2E1',
  '１２７.０.０.１',
  '127。0。0。1',
  '127．0．0．1',
  '①②⑦.0.0.1',
  '0',
  '0.0.0.0',
  '127.255.255.254',
  'localhost',
  'localhost.',
  'LOCALHOST',
  'ｌocalhost',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[0000::0001]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[0:0:0:0:0:ffff:7f00:1]',
  '[::127.0.0.1]',
  '[::7f00:1]',
  '[::ffff:0:127.0.0.1]',
  '[64:ff9b::127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[64:ff9b:1::7f00:1]',
  '[2002:7f00:1::]',
  '[2001:0:7f00:1::]',
  '[2001:0:0:0:0:0:80ff:fffe]',
  '[fe80::1]',
  '[fec0::1]',
  '[fc00::1]',
  '[fd00:ec2::254]',
  '[ff02::1]',
  '169.254.169.254',
  '0xa9fea9fe',
  '2852039166',
  '0251.0376.0251.0376',
  '[::ffff:a9fe:a9fe]',
  '10.0.0.5',
  '172.16.0.1',
  '192.168.0.1',
  '100.64.0.1',
  '198.18.0.1',
  '192.0.2.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
]

describe('spellings of private addresses', () => {
  test.each(spellings)('%s is refused', async (host) => {
    await using server = await ok()
    const origin = new URL(`http://${host}:${server.port}`).origin
    await using client = clientFor({ origin, ca: undefined }, { guard })
    const error = await thrown(client.api.get('/x'))
    expect(error).toMatchObject({ code: 'rejected', by: 'guard', sent: 'no', target: `GET ${origin}/x` })
    expect(error.message).toMatch(/guard\.privateNetworks/)
    expect(server.totalConnections).toBe(0)
  })

  test('without the guard the first of them are the server', async () => {
    await using server = await ok()
    for (const host of spellings.slice(0, 8)) {
      await using client = clientFor({ origin: new URL(`http://${host}:${server.port}`).origin, ca: undefined })
      expect(await text(client.api.get('/'))).toBe('ok')
    }
  })
})

describe('names', () => {
  test('one that resolves to a private address is refused, with that address', async () => {
    await using server = await ok()
    const origin = `http://name.test:${server.port}`
    await using client = clientFor({ origin, ca: undefined }, { guard, lookup: resolving(['127.0.0.1']) })
    const error = await thrown(client.api.get('/secret?token=1'))
    expect(error.message).toBe(
      `GET ${origin}/secret: refused: name.test resolves to 127.0.0.1, which is loopback (guard.privateNetworks)`,
    )
    expect(server.totalConnections).toBe(0)
  })

  test('of an answer with both kinds, only the public ones are tried', async () => {
    await using server = await ok()
    // The public one is this machine here, by an exception for its address.
    const lookup = resolving(['10.255.255.1', '127.0.0.1', '169.254.169.254'])
    const origin = `http://name.test:${server.port}`
    await using client = clientFor({ origin, ca: undefined }, { guard: { ...guard, allow: ['127.0.0.1'] }, lookup })
    expect(await text(client.api.get('/'))).toBe('ok')
  })

  test('a resolver that answers otherwise the second time is asked once for each connection', async () => {
    await using server = await ok()
    await using other = await ok()
    const lookup = resolving(['127.0.0.1'], ['127.0.0.2'])
    const origin = `http://name.test:${server.port}`
    const only: GuardOptions = { ...guard, allow: ['127.0.0.1'] }
    await using client = clientFor({ origin, ca: undefined }, { guard: only, lookup })
    expect(await text(client.api.get('/', { headers: { connection: 'close' } }))).toBe('ok')
    expect(lookup.asked).toBe(1)
    // The next connection is judged by what the resolver says then.
    expect(await thrown(client.api.get('/'))).toMatchObject({ by: 'guard' })
    expect(lookup.asked).toBe(2)
    expect(server.totalConnections).toBe(1)
    expect(other.totalConnections).toBe(0)
  })

  test.each(['localhost', '0x7f.1', 'name.test', ''])(
    'an answer that is no address (%j) is refused',
    async (answer) => {
      await using server = await ok()
      await using client = clientFor(
        { origin: `http://name.test:${server.port}`, ca: undefined },
        { guard, lookup: resolving([answer]) },
      )
      expect(await thrown(client.api.get('/'))).toMatchObject({ by: 'guard' })
      expect(server.totalConnections).toBe(0)
    },
  )

  test('an answer without addresses is a failure of the resolver', async () => {
    await using client = clientFor({ origin: 'http://name.test', ca: undefined }, { guard, lookup: resolving([]) })
    expect(await thrown(client.api.get('/'))).toMatchObject({ code: 'connect' })
  })
})

describe('lists', () => {
  const allowed: readonly (readonly string[])[] = [['127.0.0.1'], ['127.0.0.0/8'], ['name.test'], ['*.test']]
  test.each(allowed)('allow %s lets it through', async (rule) => {
    await using server = await ok()
    await using client = clientFor(
      { origin: `http://name.test:${server.port}`, ca: undefined },
      { guard: { ...guard, allow: [rule] }, lookup: resolving(['127.0.0.1']) },
    )
    expect(await text(client.api.get('/'))).toBe('ok')
  })

  test('allow with a port is for that port', async () => {
    await using server = await ok()
    const lookup = resolving(['127.0.0.1'])
    const origin = `http://name.test:${server.port}`
    await using right = clientFor(
      { origin, ca: undefined },
      { guard: { ...guard, allow: [`name.test:${server.port}`] }, lookup },
    )
    expect(await text(right.api.get('/'))).toBe('ok')
    await using wrong = clientFor({ origin, ca: undefined }, { guard: { ...guard, allow: ['name.test:1'] }, lookup })
    expect(await thrown(wrong.api.get('/'))).toMatchObject({ by: 'guard' })
  })

  test.each([
    [['name.test'], "name.test is denied by 'name.test' (guard.deny)"],
    [['*.test'], "name.test is denied by '*.test' (guard.deny)"],
    [['127.0.0.0/8'], "name.test resolves to 127.0.0.1, which is denied by '127.0.0.0/8' (guard.deny)"],
  ])('deny %s, even where it is allowed', async (deny, words) => {
    await using server = await ok()
    const rules: GuardOptions = { deny, allow: ['name.test', '127.0.0.1'] }
    for (const privateNetworks of ['allow', 'deny'] as const) {
      await using client = clientFor(
        { origin: `http://name.test:${server.port}`, ca: undefined },
        { guard: { ...rules, privateNetworks }, lookup: resolving(['127.0.0.1']) },
      )
      expect((await thrown(client.api.get('/'))).message).toContain(words)
    }
    expect(server.totalConnections).toBe(0)
  })

  test.each(['::ffff:127.0.0.1', '64:ff9b::7f00:1', '2002:7f00:1::'])('deny of IPv4 means %s, too', async (address) => {
    await using client = clientFor(
      { origin: 'http://name.test', ca: undefined },
      { guard: { deny: ['127.0.0.0/8'] }, lookup: resolving([address]) },
    )
    expect(await thrown(client.api.get('/'))).toMatchObject({ by: 'guard' })
  })

  test('schemes', async () => {
    await using server = await ok()
    await using client = clientFor(server, { guard: { schemes: ['https'] } })
    expect((await thrown(client.api.get('/'))).message).toContain('only https may be used')
    expect(server.totalConnections).toBe(0)
  })
})

describe('unix sockets', () => {
  test('are refused, unless allowed', async () => {
    await using server = await tidy(unixServer((_request, response) => void response.end('ok')))
    const { socketPath } = server
    const to = (own: GuardOptions) => clientFor(server, { socketPath, guard: own })
    await using refused = to(guard)
    expect((await thrown(refused.api.get('/'))).message).toContain('it is a unix socket')
    for (const allow of [[`unix:${socketPath}`], ['localhost']]) {
      await using allowed = to({ ...guard, allow })
      expect(await text(allowed.api.get('/'))).toBe('ok')
    }
    await using denied = to({ deny: [`unix:${socketPath}`] })
    expect(await thrown(denied.api.get('/'))).toMatchObject({ by: 'guard' })
  })
})

describe('pools', () => {
  test('connections of a client without a guard are not used by one with it', async () => {
    await using server = await ok()
    await using pool = connectionPool()
    await using free = clientFor(server, { pool })
    await using guarded = clientFor(server, { pool, guard })
    expect(await text(free.api.get('/'))).toBe('ok')
    expect(await thrown(guarded.api.get('/'))).toMatchObject({ by: 'guard' })
    expect(server.totalConnections).toBe(1)
  })

  test('every request that waited is refused, and nothing is left', async () => {
    await using server = await tidy(http2Server((_request, response) => void response.end('ok')))
    await using client = clientFor(server, { guard })
    const errors = await Promise.all(Array.from({ length: 20 }, (_, at) => thrown(client.api.get(`/${at}`))))
    expect(new Set(errors.map((error) => (error as RejectedError).target)).size).toBe(20)
    expect(errors.every((error) => isHttpError(error, 'rejected'))).toBe(true)
    expect(client.stats()).toMatchObject({ connections: 0, queued: 0 })
  })
})

test.each([
  [{ privateNetworks: 'maybe' }, 'guard.privateNetworks'],
  [{ allow: 'localhost' }, 'guard.allow'],
  [{ allow: ['localhost', '10.0.0.1/8'] }, 'guard.allow[1]'],
  [{ deny: ['http://a'] }, 'guard.deny[0]'],
  [{ schemes: [] }, 'guard.schemes'],
  [{ schemes: ['ftp'] }, 'guard.schemes'],
  [{ privateNetwork: 'deny' }, 'guard.privateNetwork'],
])('%j is a ConfigError', (wrong, option) => {
  const make = (): unknown => transport({ guard: wrong as GuardOptions })
  expect(make).toThrow(expect.objectContaining({ code: 'config', option }))
})
