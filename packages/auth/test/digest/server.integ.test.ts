import { createPipeline, factoryBody, streamBody, type Pipeline, type RequestBody } from '@halyard/core'
import { describe, expect, test } from 'vitest'
import { auth, digest, type AuthCallOptions, type DigestOptions } from '../../src/index.ts'
import { digestServer, user, type DigestServer } from './digest-server.ts'
import { plain } from './plain-transport.ts'

function client(
  { origin }: DigestServer,
  options: DigestOptions = {},
  password = user.password,
): Pipeline<AuthCallOptions> {
  const layer = auth(digest(user.name, password, options), { origins: [origin] })
  return createPipeline({ transport: plain, baseUrl: origin, use: [layer] })
}

const six = ['MD5', 'MD5-sess', 'SHA-256', 'SHA-256-sess', 'SHA-512-256', 'SHA-512-256-sess'] as const
const matrix = six.flatMap((algorithm) =>
  (['auth', 'auth-int', 'auth-int,auth', undefined] as const).flatMap((qop) =>
    [false, true].map((userhash) => ({ algorithm, qop, userhash })),
  ),
)

test.each(matrix.filter(({ algorithm, qop }) => qop !== undefined || !algorithm.endsWith('-sess')))(
  '$algorithm, $qop, userhash $userhash: one challenge, then none',
  async ({ algorithm, qop, userhash }) => {
    await using server = await digestServer({ algorithms: [algorithm], qop, userhash })
    const api = client(server)
    for (const [method, path, body] of [
      ['GET', '/a?b=c&d="', undefined],
      ['POST', '/a', 'text'],
      ['PUT', '/', undefined],
      ['OPTIONS', '/%C3%A4', undefined],
    ] as const)
      expect((await api.request(method, path, { body })).status).toBe(200)
    expect(server.log).toEqual(['401 none', '200', '200', '200', '200'])
    if (qop !== undefined) expect([...server.counts.values()]).toEqual([[1, 2, 3, 4]])
  },
)

describe('of several challenges the strongest that is allowed', () => {
  const algorithms = ['MD5', 'SHA-256', 'Unknown', 'SHA-512-256-sess', 'SHA-512-256', 'MD5-sess']
  test.each<[DigestOptions, number | undefined]>([
    [{}, 4],
    [{ algorithms: ['MD5', 'SHA-256'] }, 1],
    [{ algorithms: ['MD5-sess'] }, 5],
    [{ algorithms: ['SHA-512-256-sess', 'MD5'] }, 3],
    [{ algorithms: ['SHA-256-sess'] }, undefined],
  ])('%o', async (options, index) => {
    await using server = await digestServer({ algorithms, others: ['Basic realm="x"', 'Negotiate'] })
    expect((await client(server, options).get('/')).status).toBe(index === undefined ? 401 : 200)
    expect([...server.counts.values()].map((uses) => uses.length)).toEqual(
      algorithms.map((_one, at) => (at === index ? 1 : 0)),
    )
  })
})

test('a wrong password is tried once for each call', async () => {
  await using server = await digestServer()
  const api = client(server, {}, 'wrong')
  for (let round = 0; round < 2; round += 1) expect((await api.get('/')).status).toBe(401)
  expect(server.log).toEqual(['401 none', '401 response', '401 none', '401 response'])
})

test('nothing that can be answered: the answer stands', async () => {
  await using server = await digestServer({ algorithms: ['SHA-1'], others: ['Basic realm="x"'] })
  expect((await client(server).get('/')).status).toBe(401)
  expect(server.log).toEqual(['401 none'])
})

test.each([true, false])('a nonce that is spent is replaced, said so: %s', async (saysStale) => {
  await using server = await digestServer({ usesOfNonce: 2, saysStale })
  const api = client(server)
  for (let round = 0; round < 5; round += 1) expect((await api.get('/')).status).toBe(200)
  const first = ['401 none', '200', '200']
  expect(server.log).toEqual([...first, '401 stale', '200', '200', '401 stale', '200'])
})

test('the next nonce that an answer names is used, without another challenge', async () => {
  await using server = await digestServer({ nextnonce: true, usesOfNonce: 1 })
  const api = client(server)
  for (let round = 0; round < 4; round += 1) expect((await api.get('/')).status).toBe(200)
  expect(server.log).toEqual(['401 none', '200', '200', '200', '200'])
})

test('each of many calls at once has a count of its own', async () => {
  await using server = await digestServer()
  const api = client(server)
  await api.get('/')
  const answers = await Promise.all(Array.from({ length: 40 }, () => api.get('/')))
  expect(answers.every(({ status }) => status === 200)).toBe(true)
  expect(server.log.filter((line) => line !== '200')).toEqual(['401 none'])
  const [uses] = server.counts.values()
  expect(uses?.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 41 }, (_none, at) => at + 1))
})

test('many first calls at once are challenged once each, and all answered', async () => {
  await using server = await digestServer()
  const api = client(server)
  const answers = await Promise.all(Array.from({ length: 10 }, () => api.get('/')))
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200))
  expect(server.log.filter((line) => line !== '200' && line !== '401 none')).toEqual([])
})

test.each([
  ['/in /also', ['/in', '/in/x?y', '/also/'], ['/', '/inner', '/o']],
  ['/', ['/in', '/'], []],
  ['https://other.test/ /in/', ['/in/x'], ['/in', '/out']],
])('within a protection space unasked, outside of it not: %s', async (domain, inside, outside) => {
  await using server = await digestServer({ domain })
  const api = client(server)
  await api.get(inside[0] ?? '/')
  for (const path of inside) await api.get(path)
  expect(server.log).toEqual(['401 none', '200', ...inside.map(() => '200')])
  for (const path of outside) await api.get(path)
  expect(server.log.slice(inside.length + 2)).toEqual(outside.flatMap(() => ['401 none', '200']))
})

test('a domain that names only others covers nothing here', async () => {
  await using server = await digestServer({ domain: 'https://other.test/' })
  const api = client(server)
  await api.get('/')
  await api.get('/')
  expect(server.log).toEqual(['401 none', '200', '401 none', '200'])
})

describe('bodies', () => {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    await Promise.resolve()
    yield Buffer.from('ab')
    yield Buffer.from('cd')
  }
  const cases: [string, () => RequestBody][] = [
    ['text', () => factoryBody(chunks, { length: 4 })],
    ['a factory', () => factoryBody(chunks)],
  ]

  test.each(cases)('%s goes with auth-int, whole each time', async (_name, body) => {
    await using server = await digestServer({ qop: 'auth-int' })
    const api = client(server)
    for (let round = 0; round < 2; round += 1)
      expect((await api.request('POST', '/', { body: body() })).status).toBe(200)
    expect(server.bodies).toEqual(['abcd', 'abcd'])
  })

  test('a stream cannot answer a challenge, and goes along once there was one', async () => {
    await using server = await digestServer()
    const api = client(server)
    expect((await api.request('POST', '/', { body: streamBody(chunks()) })).status).toBe(401)
    await api.get('/')
    expect((await api.request('POST', '/', { body: streamBody(chunks()) })).status).toBe(200)
    expect(server.bodies).toEqual(['', 'abcd'])
  })

  test('a stream is not read for auth-int', async () => {
    await using server = await digestServer({ qop: 'auth-int' })
    const api = client(server)
    await api.get('/')
    expect((await api.request('POST', '/', { body: streamBody(chunks()) })).status).toBe(401)
    expect(server.log).toEqual(['401 none', '200', '401 none'])
  })
})

test('another origin is asked without, and has a session of its own', async () => {
  await using first = await digestServer()
  await using second = await digestServer()
  await using other = await digestServer()
  const layer = auth(digest(user.name, user.password), { origins: [first.origin, second.origin] })
  const api = createPipeline({ transport: plain, use: [layer] })
  for (const { origin } of [first, second, other, first, second, other]) await api.get(origin)
  expect(first.log).toEqual(['401 none', '200', '200'])
  expect(second.log).toEqual(['401 none', '200', '200'])
  expect(other.log).toEqual(['401 none', '401 none'])
})
