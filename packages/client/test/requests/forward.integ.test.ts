import { eachProtocol, httpServer, type LocalServer } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { createClient, type HttpClient } from '../../src/index.ts'
import { echo, echoed, scene, textOf, trusting, type Scene } from '../support/scene.ts'
import { rejection } from '../support/thrown.ts'

/** A proxying server in front of `api`. */
function proxy(api: HttpClient): Promise<LocalServer> {
  return httpServer(async (request, response) => {
    const upstream = await api.forward(`/up${request.url}`, request)
    response.writeHead(upstream.status, { 'content-type': upstream.headers.get('content-type') ?? '' })
    for await (const chunk of upstream.stream()) response.write(chunk)
    response.end()
  })
}

describe.each(eachProtocol)('to $name', (protocol) => {
  test('an IncomingMessage passes through a proxy', async () => {
    await using set = await scene(echo, {}, protocol)
    await using front = await proxy(set.api)
    await using browser = createClient(front.origin)
    const headers = {
      'x-custom': ['1', '2'],
      'content-type': 'text/csv',
      accept: 'a/b',
      te: 'trailers',
      'proxy-authorization': 'secret',
    }
    const seen = await echoed(browser.put('/p?q=1', 'a,b', { headers }).json())
    expect([seen.method, seen.url, textOf(seen)]).toEqual(['PUT', '/up/p?q=1', 'a,b'])
    expect(seen.headers['content-type']).toBe('text/csv')
    expect(seen.headers['accept']).toBe('a/b')
    expect(String(seen.headers['x-custom']).replaceAll(' ', '')).toBe('1,2')
    for (const name of ['te', 'proxy-authorization', 'transfer-encoding']) {
      const value = seen.headers[name]
      // How the new connection frames the body is its own business.
      expect([name, value === 'chunked' ? undefined : value]).toEqual([name, undefined])
    }
    const empty = await echoed(browser.get('/x').json())
    expect([empty.method, textOf(empty)]).toEqual(['GET', ''])
    const zero = await echoed(browser.post('/x').json())
    expect([zero.method, textOf(zero)]).toEqual(['POST', ''])
    const large = Buffer.alloc(500_000, 'x')
    const big = await echoed(browser.post('/x', () => new Blob([large]).stream()).json())
    expect(Buffer.from(big.body, 'base64').equals(large)).toBe(true)
  })

  test('a fetch Request passes through', async () => {
    await using set = await scene(echo, {}, protocol)
    const request = new Request('http://other.test/ignored', {
      method: 'PATCH',
      headers: { 'x-a': '1', 'content-type': 'text/csv' },
      body: 'a,b',
    })
    const seen = await echoed(set.api.forward('/p', request).json())
    expect([seen.method, seen.url, textOf(seen)]).toEqual(['PATCH', '/p', 'a,b'])
    expect([seen.headers['x-a'], seen.headers['content-type']]).toEqual(['1', 'text/csv'])
    expect(seen.headers['host'] ?? seen.headers[':authority']).toBe(new URL(set.server.origin).host)
    const bare = await echoed(set.api.forward('/p', new Request('http://other.test/')).json())
    expect([bare.method, textOf(bare)]).toEqual(['GET', ''])
  })
})

describe('headers', () => {
  async function forwarded(set: Scene, flat: string[], options?: { headers?: Record<string, string | undefined> }) {
    const incoming = { method: 'GET', rawHeaders: flat, async *[Symbol.asyncIterator]() {} }
    return await echoed(set.api.forward('/', incoming, options).json())
  }

  test('that `connection` lists are of one hop', async () => {
    await using set = await scene(echo)
    const seen = await forwarded(set, [
      'Connection',
      'close, X-Hop ,x-other',
      'X-Hop',
      '1',
      'x-other',
      '2',
      'x-end',
      '3',
    ])
    expect([seen.headers['x-hop'], seen.headers['x-other'], seen.headers['x-end']]).toEqual([undefined, undefined, '3'])
    expect(seen.headers['connection']).not.toBe('close')
  })

  test('of HTTP/2 that begin with a colon, host and expect are not passed on', async () => {
    await using set = await scene(echo)
    const flat = [
      ':method',
      'GET',
      ':authority',
      'evil.test',
      'host',
      'evil.test',
      'Expect',
      '100-continue',
      'x-a',
      '1',
    ]
    const seen = await forwarded(set, flat)
    expect([seen.headers['host'], seen.headers['expect'], seen.headers['x-a']]).toEqual([
      new URL(set.server.origin).host,
      undefined,
      '1',
    ])
  })

  test('of the call are laid over the incoming ones', async () => {
    await using set = await scene(echo)
    const headers = { 'X-A': 'new', 'x-b': undefined, 'x-forwarded-for': '10.0.0.1' }
    const seen = await forwarded(set, ['x-a', 'old', 'x-b', 'gone', 'x-c', 'kept'], { headers })
    const { 'x-a': a, 'x-b': b, 'x-c': c, 'x-forwarded-for': from } = seen.headers
    expect([a, b, c, from]).toEqual(['new', undefined, 'kept', '10.0.0.1'])
  })
})

test('what is no request is refused', async () => {
  await using set = await scene(echo)
  for (const wrong of [undefined, null, 5, 'GET', {}, { method: 'GET' }, new Response('x')]) {
    const error = await rejection(set.api.forward('/', wrong as Request))
    expect(error).toMatchObject({ code: 'config', sent: 'no' })
  }
  expect(set.server.requests).toBe(0)
})

test('an incoming request that breaks off breaks the outgoing one', async () => {
  const failures: unknown[] = []
  await using set = await scene(
    (request, response) =>
      void request
        .on('error', () => undefined)
        .resume()
        .on('end', () => response.end()),
  )
  await using front = await httpServer(async (request, response) => {
    failures.push(await rejection(set.api.forward('/', request)))
    response.destroy()
  })
  await using browser = createClient(front.origin, trusting(front))
  async function* half(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(1_000)
    throw new Error('the browser left')
  }
  await rejection(browser.post('/', half()))
  await expect.poll(() => failures).toHaveLength(1)
  expect(failures[0]).toMatchObject({ code: 'encode' })
})
