import { describe, expect, test } from 'vitest'
import { bytesBody, factoryBody, headerList, httpRequest, noHeaders, streamBody, textBody } from '../../src/index.ts'

async function* chunks(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield await Promise.resolve(new TextEncoder().encode(text))
}

async function textOf(opened: Uint8Array | AsyncIterable<Uint8Array>): Promise<string> {
  if (opened instanceof Uint8Array) return new TextDecoder().decode(opened)
  let text = ''
  for await (const chunk of opened) text += new TextDecoder().decode(chunk)
  return text
}

describe('httpRequest', () => {
  const body = textBody('x')
  const request = httpRequest({
    method: 'PUT',
    origin: 'https://h',
    path: '/a?b=1',
    headers: headerList({ a: 'x' }),
    body,
  })

  test('makes its URL of origin and path', () => {
    expect(request.url.href).toBe('https://h/a?b=1')
  })

  test('with leaves the original alone, and keeps what the patch does not name', () => {
    const copy = request.with({
      method: 'POST',
      url: new URL('http://user:secret@other:81/c?d=2#top'),
      headers: noHeaders,
    })
    expect({ ...copy }).toMatchObject({
      method: 'POST',
      origin: 'http://other:81',
      path: '/c?d=2',
      headers: noHeaders,
      body,
    })
    expect({ ...request.with({}) }).toEqual({ ...request })
    expect(request.method).toBe('PUT')
  })

  test('a body is taken away by an undefined that is given, not by one that is absent', () => {
    expect(request.with({ body: undefined }).body).toBeUndefined()
    expect(request.with({ method: 'GET' }).body).toBe(body)
  })
})

describe('bodies', () => {
  test('text is UTF-8 and has its length in bytes', async () => {
    const body = textBody('ü😀')
    expect(body).toMatchObject({ contentType: 'text/plain; charset=utf-8', length: 6, replayable: true })
    expect(await textOf(body.open())).toBe('ü😀')
    expect(textBody('{}', 'application/json').contentType).toBe('application/json')
  })

  test('bytes may be opened again and again', () => {
    const bytes = new Uint8Array([1, 2])
    const body = bytesBody(bytes)
    expect(body).toMatchObject({ contentType: undefined, length: 2, replayable: true })
    expect([body.open(), body.open()]).toEqual([bytes, bytes])
  })

  test('a factory is asked for each attempt', async () => {
    const body = factoryBody(() => chunks('a', 'b'), { contentType: 'text/csv', length: 2 })
    expect(body).toMatchObject({ contentType: 'text/csv', length: 2, replayable: true })
    expect([await textOf(body.open()), await textOf(body.open())]).toEqual(['ab', 'ab'])
  })

  test('a stream opens once: the second time throws, and never sends an empty body', async () => {
    const body = streamBody(chunks('a', 'b'))
    expect(body).toMatchObject({ contentType: undefined, length: undefined, replayable: false })
    expect(await textOf(body.open())).toBe('ab')
    expect(() => body.open()).toThrow(
      new TypeError('this body is a stream and was sent already; give a function that makes it'),
    )
  })
})
