import { describe, expect, test } from 'vitest'
import { bodyTaken, MemoryBody, respond, type ResponseBody } from '../../src/index.ts'

const bytes = new Uint8Array([1, 2, 3])

async function collect(body: ResponseBody): Promise<readonly Uint8Array[]> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body.stream()) chunks.push(chunk)
  return chunks
}

/** Ways to take a body, each settling it. */
const takers: readonly (readonly [string, (body: MemoryBody) => Promise<unknown>])[] = [
  ['bytes', (body) => body.bytes()],
  ['stream', (body) => collect(body)],
  ['takeBuffered', (body) => Promise.resolve(body.takeBuffered())],
  ['discard', (body) => body.discard()],
  ['dispose', (body) => body[Symbol.asyncDispose]()],
]

describe('a body in memory', () => {
  test('is read whole', async () => {
    expect(await new MemoryBody(bytes).bytes()).toBe(bytes)
    expect(await collect(new MemoryBody(bytes))).toEqual([bytes])
    expect(await collect(new MemoryBody(new Uint8Array()))).toEqual([])
    expect(new MemoryBody(bytes).takeBuffered()).toBe(bytes)
  })

  test.each(takers)('%s uses it up', async (_name, take) => {
    const body = new MemoryBody(bytes)
    await take(body)
    const message = 'the body was read or discarded already'
    await expect(body.bytes()).rejects.toMatchObject({ code: 'decode', message })
    expect(() => body.stream()).toThrow(message)
    expect(body.takeBuffered()).toBeUndefined()
    await expect(body.discard()).resolves.toBeUndefined()
  })

  test.each(takers)('%s settles it, once', async (_name, take) => {
    const body = new MemoryBody(bytes)
    const heard: unknown[][] = []
    body.onSettled((...given: unknown[]) => void heard.push(given))
    expect(heard).toEqual([])
    await take(body)
    await body.discard()
    expect(heard).toEqual([[]])
    body.onSettled(() => void heard.push(['late']))
    expect(heard).toEqual([[], ['late']])
  })

  test('a stream takes the body when it is made, not when it is read', async () => {
    const body = new MemoryBody(bytes)
    const stream = body.stream()
    await expect(body.bytes()).rejects.toMatchObject({ code: 'decode' })
    expect(body.takeBuffered()).toBeUndefined()
    for await (const chunk of stream) expect(chunk).toBe(bytes)
  })

  test('a loop that is left early settles it', async () => {
    const body = new MemoryBody(bytes)
    let settled = 0
    body.onSettled(() => (settled += 1))
    for await (const _chunk of body.stream()) break
    expect(settled).toBe(1)
  })

  test('a stream that is closed before it was read settles it, and gives nothing more', async () => {
    const body = new MemoryBody(bytes)
    let settled = 0
    body.onSettled(() => (settled += 1))
    const iterator = body.stream()[Symbol.asyncIterator]()
    await iterator.return?.()
    expect(settled).toBe(1)
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  test('bytes settle it when they are handed out, not before', async () => {
    const body = new MemoryBody(bytes)
    let settled = false
    body.onSettled(() => (settled = true))
    const reading = body.bytes()
    expect(settled).toBe(false)
    await reading
    expect(settled).toBe(true)
  })

  test('a listener that throws keeps no other from being told', async () => {
    const body = new MemoryBody(bytes)
    let settled = false
    body.onSettled(() => {
      throw new Error('listener failed')
    })
    body.onSettled(() => (settled = true))
    await expect(body.bytes()).rejects.toThrow('listener failed')
    expect(settled).toBe(true)
  })

  test('a listener may add another, which is called at once', async () => {
    const body = new MemoryBody(bytes)
    const order: string[] = []
    body.onSettled(() => body.onSettled(() => void order.push('inner')))
    body.onSettled(() => void order.push('outer'))
    await body.discard()
    expect(order).toEqual(['inner', 'outer'])
  })
})

test('bodyTaken names the request where it is known', () => {
  expect(bodyTaken('GET https://h/').message).toBe('GET https://h/: the body was read or discarded already')
  expect(bodyTaken('')).toMatchObject({ sent: 'yes', target: '' })
})

describe('respond', () => {
  test('makes an empty 200 of nothing', async () => {
    const response = respond()
    expect(response).toMatchObject({ status: 200, statusText: '', httpVersion: '1.1' })
    expect([...response.headers]).toEqual([])
    expect(response.url.href).toBe('http://localhost/')
    expect(await response.body.bytes()).toEqual(new Uint8Array())
    expect([...(await response.trailers())]).toEqual([])
  })

  test('takes status, text, headers and URL', async () => {
    const response = respond({
      status: 503,
      statusText: 'Later',
      headers: { 'Retry-After': 1 },
      body: 'spä\u0308ter',
      url: 'https://h/a',
    })
    expect(response).toMatchObject({ status: 503, statusText: 'Later' })
    expect(response.headers.get('retry-after')).toBe('1')
    expect(response.url.href).toBe('https://h/a')
    expect(new TextDecoder().decode(await response.body.bytes())).toBe('spä\u0308ter')
  })

  test('takes bytes and a URL object as they are', () => {
    const url = new URL('https://h/')
    const response = respond({ body: bytes, url })
    expect(response.url).toBe(url)
    expect(response.body.takeBuffered?.()).toBe(bytes)
  })

  test('checks headers like any others', () => {
    expect(() => respond({ headers: { a: 'x\r\ny: z' } })).toThrow('U+000D')
  })
})
