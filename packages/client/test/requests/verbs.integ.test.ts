import { eachProtocol } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { createClient } from '../../src/index.ts'
import { echo, echoed, scene, textOf, trusting, valuesOf } from '../support/scene.ts'

describe.each(eachProtocol)('over $name', (protocol) => {
  test('every verb sends its method, path and body', async () => {
    await using set = await scene(echo, {}, protocol)
    const { api } = set
    const cases = [
      ['GET', '', api.get('/a')],
      ['OPTIONS', '', api.options('/a')],
      ['DELETE', '', api.delete('/a')],
      ['DELETE', 'x', api.delete('/a', { body: 'x' })],
      ['GET', 'x', api.get('/a', { body: 'x' })],
      ['POST', 'x', api.post('/a', 'x')],
      ['POST', '', api.post('/a')],
      ['PUT', 'x', api.put('/a', 'x')],
      ['PATCH', 'x', api.patch('/a', 'x')],
      ['PROPFIND', 'x', api.execute('PROPFIND', '/a', { body: 'x' })],
      ['PURGE', '', api.execute(' purge ', '/a')],
    ] as const
    for (const [method, body, call] of cases) {
      const seen = await echoed(call.json())
      expect([method, seen.method, seen.url, textOf(seen)]).toEqual([method, method, '/a', body])
    }
  })

  test('HEAD has a status, headers and no body', async () => {
    await using set = await scene(
      (_request, response) => {
        response.writeHead(200, { 'content-length': '5', 'x-a': '1' })
        response.end()
      },
      {},
      protocol,
    )
    const response = await set.api.head('/')
    expect([response.status, response.headers.get('x-a'), await response.text()]).toEqual([200, '1', ''])
  })

  test('a response tells what it is', async () => {
    await using set = await scene(
      (_request, response) => {
        response.writeHead(201, { 'content-type': 'text/plain; charset=utf-8', 'x-list': ['a', 'b'] })
        response.end('hi')
      },
      {},
      protocol,
    )
    const response = await set.api.get('/p?q=1')
    expect(response.httpVersion).toBe(protocol.httpVersion)
    expect([response.status, response.ok, response.attempts]).toEqual([201, true, 1])
    expect(response.url.href).toBe(`${set.server.origin}/p?q=1`)
    expect(response.mediaType?.essence).toBe('text/plain')
    expect(response.timings.headersMs).toBeGreaterThan(0)
    expect(response.headers.getAll('x-list').join()).toMatch(/^a,\s?b$/)
    expect(await response.text()).toBe('hi')
    expect([...(await response.trailers())]).toEqual([])
  })

  test('headers: per call replaces, undefined removes, arrays repeat', async () => {
    await using set = await scene(
      echo,
      { headers: { 'X-One': 'client', 'x-two': 'client', 'x-three': 'client' } },
      protocol,
    )
    const headers = { 'x-ONE': 'call', 'x-two': undefined, 'x-many': ['a', 'b'], 'x-number': 5 }
    const seen = await echoed(set.api.get('/', { headers }).json())
    const all = ['x-one', 'x-two', 'x-three', 'x-number'].map((name) => seen.headers[name])
    expect(all).toEqual(['call', undefined, 'client', '5'])
    expect(valuesOf(seen.rawHeaders, 'x-many').join().replaceAll(' ', '')).toBe('a,b')
    expect(valuesOf(seen.rawHeaders, 'x-one')).toEqual(['call'])
  })

  test('user-agent and accept are there unless said otherwise', async () => {
    await using set = await scene(echo, {}, protocol)
    const { headers } = await echoed(set.api.get('/').json())
    expect([headers['user-agent'], headers['accept']]).toEqual(['halyard', 'application/json'])
    const own = await echoed(set.api.get('/', { headers: { 'user-agent': 'me' }, accept: 'a/b' }).json())
    expect([own.headers['user-agent'], own.headers['accept']]).toEqual(['me', 'a/b'])
    const none = await echoed(set.api.get('/', { headers: { 'user-agent': undefined } }).json())
    expect(none.headers['user-agent']).toBeUndefined()
    const wins = await echoed(set.api.get('/', { headers: { Accept: 'c/d' }, accept: 'a/b' }).json())
    expect(valuesOf(wins.rawHeaders, 'accept')).toEqual(['c/d'])
  })

  test('another origin gets neither secret headers nor the query of the client', async () => {
    await using other = await protocol.start(echo)
    const secret = {
      authorization: 'a',
      'Proxy-Authorization': 'b',
      cookie: 'c',
      'X-Api-Key': 'd',
      'api-key': 'e',
      'x-auth-token': 'f',
      'x-csrf-token': 'g',
      'x-amz-security-token': 'h',
      'x-house': 'i',
    }
    const config = { headers: { ...secret, 'x-open': 'yes' }, query: { tenant: 'acme' }, secretHeaders: ['X-House'] }
    await using set = await scene(echo, trusting(other, config), protocol)
    for (const url of [`${other.origin}/x?own=1`, new URL(`${other.origin}/x?own=1`)]) {
      const seen = await echoed(set.api.get(url, { query: { more: 2 } }).json())
      expect(seen.url).toBe('/x?own=1&more=2')
      expect(seen.headers['x-open']).toBe('yes')
      for (const name of Object.keys(secret))
        expect([name, seen.headers[name.toLowerCase()]]).toEqual([name, undefined])
    }
    const home = await echoed(set.api.get(`${set.server.origin}/x?own=1`).json())
    expect(home.url).toBe('/x?own=1&tenant=acme')
    const house = [home.headers['x-house'], home.headers['authorization'], home.headers['cookie']]
    expect(house).toEqual(['i', 'a', 'c'])
    const given = await echoed(set.api.get(`${other.origin}/`, { headers: { authorization: 'mine' } }).json())
    expect(given.headers['authorization']).toBe('mine')
  })

  test('concurrent calls each get their own answer', async () => {
    await using set = await scene(echo, {}, protocol)
    const numbers = Array.from({ length: 60 }, (_value, at) => at)
    const seen = await Promise.all(numbers.map((at) => echoed(set.api.post(`/${at}`, `body ${at}`).json())))
    expect(seen.map((one) => [one.url, textOf(one)])).toEqual(numbers.map((at) => [`/${at}`, `body ${at}`]))
  })
})

test('without a base, absolute URLs alone will do', async () => {
  await using set = await scene(echo)
  await using bare = createClient()
  expect((await echoed(bare.get(`${set.server.origin}/x?y=1#z`).json())).url).toBe('/x?y=1')
  await expect(bare.get('/x')).rejects.toMatchObject({ code: 'config', sent: 'no' })
})
