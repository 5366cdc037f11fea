import { eachProtocol, httpServer, type LocalServer, type ServerHandler } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import {
  apiKey,
  basic,
  bearer,
  createClient,
  dns,
  type AuthRule,
  type ClientConfig,
  type ClientEndpoint,
} from '../../src/index.ts'
import { trusting } from '../support/scene.ts'

const secretFields = ['authorization', 'cookie', 'x-api-key', 'x-own', 'x-more', 'proxy-authorization']

/** A server that writes down what secrets it saw, and where in the URL. */
interface Recorder extends AsyncDisposable {
  readonly server: LocalServer
  readonly origin: string
  /** Each request: its secret fields and its query. */
  readonly seen: string[]
}

type Start = (handler: ServerHandler) => Promise<LocalServer>

async function recorder(status: (count: number) => number = () => 200, start: Start = httpServer): Promise<Recorder> {
  const seen: string[] = []
  const server = await start((request, response) => {
    const values = secretFields.flatMap((name) => {
      const value = request.headers[name]
      return value === undefined ? [] : [`${name}=${String(value)}`]
    })
    const query = new URL(request.url ?? '/', 'http://x').search
    seen.push([...values, query].join(' ').trim())
    response.statusCode = status(seen.length)
    response.end()
  })
  return { server, origin: server.origin, seen, [Symbol.asyncDispose]: () => server.close() }
}

const u = 'authorization=Basic dTpw'
const config: ClientConfig = {
  auth: basic('u', 'p'),
  headers: { cookie: 'c=1', 'x-api-key': 'k', 'x-more': 'm', 'x-plain': 'p' },
  secretHeaders: ['x-more'],
  query: { tenant: 's3cret' },
}
const all = `${u} cookie=c=1 x-api-key=k x-more=m ?tenant=s3cret`

describe('an absolute URL to another origin', () => {
  test.each(eachProtocol)('takes no secret with it: $name', async ({ start }) => {
    await using home = await recorder(undefined, start)
    await using other = await recorder(undefined, start)
    const api = createClient(home.origin, trusting(home.server, config))
    await api.get('/x')
    await api.get(`${home.origin}/x`)
    await api.get(`${other.origin}/x`)
    await api.get(new URL(`${other.origin}/x`))
    await api.get(`${other.origin}/x`, { auth: bearer('t') })
    await api.get('/x', { auth: bearer('t') })
    await api.get('/x', { auth: false })
    await api.get('/x', { headers: { authorization: 'own' } })
    await api.close()
    expect(home.seen).toEqual([
      all,
      all,
      all.replace('Basic dTpw', 'Bearer t'),
      all.replace(`${u} `, ''),
      all.replace('Basic dTpw', 'own'),
    ])
    expect(other.seen).toEqual(['', '', 'authorization=Bearer t'])
  })

  test.each([
    ['a field', apiKey({ header: 'x-own', value: 'k' }), 'x-own=k'],
    ['a parameter', apiKey({ query: 'key', value: 'k' }), '?key=k'],
  ])('takes no key with it: %s', async (_name, auth, expected) => {
    await using home = await recorder()
    await using other = await recorder()
    // The client's own field of that name counts as secret, too.
    const api = createClient(home.origin, { auth, headers: { 'x-own': 'default' } })
    await api.get('/x')
    await api.get(`${other.origin}/x`)
    await api.close()
    expect(home.seen[0]).toContain(expected)
    expect(other.seen[0]).toBe(expected.startsWith('x-own') ? '' : 'x-own=default')
  })

  test('the same host at another port is another origin; its name in a path, or as user information, is none', async () => {
    await using home = await recorder()
    await using other = await recorder()
    const api = createClient(home.origin, { auth: basic('u', 'p') })
    const { host } = new URL(home.origin)
    await api.get(`${other.origin}/${home.origin}/x`)
    await api.get(`http://${host}@${new URL(other.origin).host}/x`)
    await api.get(`${other.origin}/x#@${host}`)
    await api.close()
    expect(other.seen).toEqual(['', '', ''])
    expect(home.seen).toEqual([])
  })

  test('rules name each origin that gets something', async () => {
    await using first = await recorder()
    await using second = await recorder()
    await using third = await recorder()
    const rules: AuthRule[] = [
      { origins: [first.origin], auth: basic('u', 'p') },
      { origins: [second.origin], auth: bearer('t') },
    ]
    const api = createClient(first.origin, { auth: rules })
    for (const { origin } of [first, second, third]) await api.get(`${origin}/x`)
    await api.close()
    expect([first.seen, second.seen, third.seen]).toEqual([[u], ['authorization=Bearer t'], ['']])
  })
})

describe('endpoints', () => {
  test("each gets its own credentials, and no other; those without get the client's", async () => {
    await using first = await recorder()
    await using second = await recorder()
    await using third = await recorder()
    await using fourth = await recorder()
    const endpoints: (ClientEndpoint | string)[] = [
      { url: first.origin, auth: bearer('one') },
      { url: second.origin, auth: bearer('two'), headers: { authorization: 'of the endpoint' } },
      { url: third.origin, auth: false },
      fourth.origin,
    ]
    const api = createClient(endpoints, { auth: basic('u', 'p'), balance: { strategy: 'round-robin' } })
    for (let round = 0; round < 4; round += 1) await api.get('/x')
    await api.get(`${second.origin}/x`)
    await api.close()
    expect([first.seen, second.seen, third.seen, fourth.seen]).toEqual([
      ['authorization=Bearer one'],
      ['authorization=Bearer two', 'authorization=Bearer two'],
      [''],
      [u],
    ])
  })

  test('failover, retry and hedge keep each to its own', async () => {
    await using down = await recorder(() => 503)
    await using up = await recorder((count) => (count === 1 ? 500 : 200))
    await using other = await recorder()
    const api = createClient([{ url: down.origin, auth: bearer('down') }, { url: up.origin }], {
      balance: { strategy: 'ordered' },
      retry: { backoff: () => 0 },
      hedge: { after: { ms: 10_000 } },
    })
    const response = await api.get('/x')
    expect(response.status).toBe(200)
    await api.get(`${other.origin}/x`)
    await api.close()
    expect(new Set(down.seen)).toEqual(new Set(['authorization=Bearer down']))
    expect(new Set(up.seen)).toEqual(new Set(['']))
    expect(up.seen.length).toBeGreaterThan(1)
    expect(other.seen).toEqual([''])
  })

  test('the credentials of a call go to all of them, but not beyond', async () => {
    await using down = await recorder(() => 503)
    await using up = await recorder()
    await using other = await recorder()
    const api = createClient([down.origin, up.origin], { balance: { strategy: 'ordered' } })
    await api.get('/x', { auth: bearer('t') })
    await api.get(`${other.origin}/x`, { auth: bearer('mine') })
    await api.close()
    expect([down.seen, up.seen, other.seen]).toEqual([
      ['authorization=Bearer t'],
      ['authorization=Bearer t'],
      ['authorization=Bearer mine'],
    ])
  })

  test("those that a source names get the client's, as long as it names them", async () => {
    await using home = await recorder()
    await using other = await recorder()
    const resolver = {
      resolve4: () => Promise.resolve(['127.0.0.1']),
      resolve6: () => Promise.resolve([]),
      resolveSrv: () => Promise.resolve([]),
    }
    const source = dns({ name: 'api.test', port: Number(new URL(home.origin).port), resolver })
    const api = createClient(source, { auth: basic('u', 'p') })
    await api.get('/x')
    await api.get(`${other.origin}/x`)
    await api.close()
    expect([home.seen, other.seen]).toEqual([[u], ['']])
  })
})

describe('a hedge, and a retry', () => {
  test('carry credentials to the same origin, made anew each time', async () => {
    let count = 0
    await using home = await recorder((seen) => (seen < 3 ? 503 : 200))
    const api = createClient(home.origin, { auth: bearer(() => `t${(count += 1)}`), retry: { backoff: () => 0 } })
    expect((await api.get('/x')).status).toBe(200)
    await api.close()
    expect(home.seen).toEqual(['authorization=Bearer t1', 'authorization=Bearer t2', 'authorization=Bearer t3'])
  })
})

describe('a client that extends another', () => {
  test('shares its credentials; with another base they stay where they were', async () => {
    await using home = await recorder()
    await using other = await recorder()
    const api = createClient(home.origin, { auth: basic('u', 'p') })
    const moved = api.extend({ base: other.origin })
    await api.extend({ headers: { 'x-plain': 'p' } }).get('/x')
    await moved.get('/x')
    await moved.get(`${home.origin}/x`)
    await moved.get('/x', { auth: bearer('t') })
    await api.extend({ base: other.origin, auth: bearer('new') }).get('/x')
    await api.extend({ auth: false }).get('/x')
    await api.close()
    expect(home.seen).toEqual([u, u, ''])
    expect(other.seen).toEqual(['', 'authorization=Bearer t', 'authorization=Bearer new'])
  })
})
