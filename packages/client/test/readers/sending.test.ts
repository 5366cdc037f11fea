import { mockTransport } from '@halyard/testing'
import { expect, test } from 'vitest'
import { createClient, type HeadersInit, type PathParams, type QueryInit } from '../../src/index.ts'
import { turn } from '../support/thrown.ts'

test('a call is sent in the microtask after it is made, awaited or not', async () => {
  const transport = mockTransport({})
  const api = createClient('http://a.test', { transport })
  const call = api.get('/')
  expect(transport.requests).toHaveLength(0)
  await turn()
  expect(transport.requests).toHaveLength(1)
  await call
  await call
  await call.text()
  expect(transport.requests).toHaveLength(1)
})

test('not in the same turn of the script, and before what comes after the next microtasks', async () => {
  const order: string[] = []
  const transport = mockTransport(() => {
    throw new Error('unused')
  })
  const api = createClient('http://a.test', {
    transport,
    use: {
      call: [
        {
          name: 'spy',
          wrap: (next) => (request, call) => {
            order.push(request.path)
            return next(request, call)
          },
        },
      ],
    },
  })
  const [one, two] = [api.get('/1'), api.get('/2')]
  order.push('script')
  await Promise.resolve()
  await Promise.resolve()
  expect(order).toEqual(['script', '/1', '/2'])
  await Promise.allSettled([one, two])
})

test('a reader called in the same expression says what it accepts', async () => {
  const transport = mockTransport({ body: '{}' })
  const api = createClient('http://a.test', { transport })
  await api.get('/').json()
  await api.get('/').text()
  await api.get('/').bytes()
  await api.get('/')
  await api.get('/', { accept: 'a/b' }).json()
  await api.get('/', { headers: { accept: 'c/d' } }).json()
  const later = api.get('/')
  await (await later).json()
  const all = transport.requests.map(({ headers }) => headers.getAll('accept'))
  expect(all).toEqual([
    ['application/json'],
    ['text/plain, text/*;q=0.9, */*;q=0.8'],
    ['*/*'],
    ['*/*'],
    ['a/b'],
    ['c/d'],
    ['*/*'],
  ])
})

test('an accept of the client wins over a reader', async () => {
  const transport = mockTransport({ body: '{}' })
  const api = createClient('http://a.test', { transport, headers: { Accept: 'x/y' } })
  await api.get('/').json()
  await api.get('/', { headers: { accept: undefined } }).json()
  expect(transport.requests.map(({ headers }) => headers.getAll('accept'))).toEqual([['x/y'], []])
})

test('wrong arguments are rejections, never thrown', async () => {
  const api = createClient('http://a.test', { transport: mockTransport({}) })
  const calls = [
    api.get(5 as unknown as string),
    api.get('http://[bad/'),
    api.execute('', '/'),
    api.execute(5 as unknown as string, '/'),
    api.get('/', null as unknown as object),
    api.get('/', 5 as unknown as object),
    api.get('/', { headers: 5 as unknown as HeadersInit }),
    api.get('/', { headers: { 'x-a': {} as string } }),
    api.get('/', { params: 5 as unknown as PathParams }),
    api.get('/', { query: 5 as unknown as QueryInit }),
    api.get('/', { queryStyle: 'no' as 'comma' }),
    api.get('/', { signal: {} as AbortSignal }),
    api.get('/', { timeout: -1 }),
    api.get('/', { timeout: { totalMs: 'x' as unknown as number } }),
    api.get('/', { timeout: { attemptMs: 0 } }),
    api.get('/', { accept: 5 as unknown as string }),
    api.post('/', 'x', { mediaType: 5 as unknown as string }),
    api.get('/', { onInformational: 5 as unknown as () => void }),
  ]
  for (const outcome of await Promise.allSettled(calls)) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'config', sent: 'no' } })
  }
})

test('unknown options are refused, with the nearest known', async () => {
  const api = createClient('http://a.test', { transport: mockTransport({}) })
  for (const [name, nearest] of [
    ['header', 'headers'],
    ['qeury', 'query'],
    ['timeoutt', 'timeout'],
    ['Signal', 'signal'],
  ]) {
    await expect(api.get('/', { [String(name)]: 1 })).rejects.toMatchObject({
      code: 'config',
      message: expect.stringContaining(`'${nearest}'`),
    })
  }
  await expect(api.get('/', { retries: false } as object)).rejects.toMatchObject({ code: 'config' })
})
