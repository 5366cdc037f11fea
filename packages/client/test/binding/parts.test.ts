import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { isHttpError } from '@halyard/core'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { rootPart, ValidationError, type BindingConfig, type ClientPart } from '../../src/index.ts'
import { rejection } from '../support/thrown.ts'
import { answer, clientOf, collect } from './kit/answers.ts'

/** A part as it stands in a message: its headers in lines, and its content. */
type Written = readonly [headers: string, content: string | Uint8Array]

function message(...parts: readonly Written[]): Uint8Array {
  return Buffer.concat([
    ...parts.flatMap(([headers, content]) => [
      Buffer.from(`--b\r\n${headers === '' ? '' : headers.replaceAll('\n', '\r\n') + '\r\n'}\r\n`),
      Buffer.from(content),
      Buffer.from('\r\n'),
    ]),
    Buffer.from('--b--\r\n'),
  ])
}

/** The parts of such an answer, all of them in memory. */
async function partsOf(parts: readonly Written[], binding: BindingConfig = {}): Promise<readonly ClientPart[]> {
  const api = clientOf(answer(message(...parts), 'multipart/form-data; boundary=b'), { binding })
  return await api.get('/x?secret=1').bodyParts()
}

async function partOf(headers: string, content: string | Uint8Array, binding?: BindingConfig): Promise<ClientPart> {
  const [part] = await partsOf([[headers, content]], binding)
  if (part === undefined) throw new Error('no part')
  return part
}

const named = (name: string, contentType: string): string =>
  `Content-Disposition: form-data; name="${name}"\nContent-Type: ${contentType}`
const json = named('meta', 'application/json')

const User = z.object({ id: z.number(), tags: z.array(z.string()) })

describe('a part by a schema', () => {
  const ada = { id: 7, tags: ['a', 'b'] }

  const readers: Readonly<Record<string, (part: ClientPart) => Promise<unknown>>> = {
    json: (part) => part.json(User),
    xml: (part) => part.xml(z.object({ u: User })),
    'xml of a root': async (part) => ({ u: await part.xml(User, { root: 'u' }) }),
    form: (part) => part.form(User),
    record: (part) => part.record(User),
    'record of a root': (part) => part.record(User, { root: 'u' }),
  }

  test.each([
    ['json', json, '{"id":7,"tags":["a","b"]}', ada],
    ['json', 'Content-Disposition: form-data; name="bare"', '{"id":7,"tags":["a","b"]}', ada],
    ['xml', named('x', 'application/xml'), '<u><id>7</id><tags>a</tags><tags>b</tags></u>', { u: ada }],
    ['xml of a root', named('x', 'text/xml'), '<u><id>7</id><tags>a</tags><tags>b</tags></u>', { u: ada }],
    ['form', named('f', 'application/x-www-form-urlencoded'), 'id=7&tags=a&tags=b', ada],
    ['record', json, '{"id":7,"tags":["a","b"]}', ada],
    ['record', named('f', 'application/x-www-form-urlencoded'), 'id=7&tags=a&tags=b', ada],
    ['record of a root', named('x', 'text/xml'), '<u><id>7</id><tags>a</tags><tags>b</tags></u>', ada],
  ])('%s of %j', async (reader, headers, content, expected) => {
    expect(await readers[reader]?.(await partOf(headers, content))).toEqual(expected)
  })

  test('of any library, and while it comes', async () => {
    const api = clientOf(answer(message([json, '{"a":1}'], [json, '{"a":2}']), 'multipart/mixed; boundary=b'))
    const seen: unknown[] = []
    for await (const part of api.get('/').parts()) {
      seen.push(
        await part.json(seen.length === 0 ? v.object({ a: v.number() }) : type({ a: 'number' })),
        part.mediaType?.essence,
      )
    }
    expect(seen).toEqual([{ a: 1 }, 'application/json', { a: 2 }, 'application/json'])
  })

  test('its own headers, bound with it', async () => {
    const part = await partOf(`${json}\nX-Rate: 5`, '{"a":1}')
    const Rate = z.object({ 'x-rate': z.number() })
    expect(await part.json(z.object({ a: z.number() }), { headers: Rate })).toEqual({
      body: { a: 1 },
      headers: { 'x-rate': 5 },
    })
    const missing = part.json(z.object({}), { headers: z.object({ 'x-none': z.string() }) })
    expect(await rejection(missing)).toMatchObject({
      name: 'MissingHeaderError',
      header: 'x-none',
      part: 'parts[0] named "meta"',
      message:
        `GET http://a.test/x: the headers of the response's parts[0] named "meta" (status 200, application/json) ` +
        `do not fit their schema: x-none: the header is missing`,
    })
  })

  test('parts of parts, in memory too', async () => {
    const inner = message([json, '{"a":1}'], [named('deep', 'application/xml'), '<a>x</a>'])
    const parts = await partsOf([
      ['', 'first'],
      [named('inner', 'multipart/mixed; boundary=b').replaceAll('boundary=b', 'boundary=c'), swap(inner)],
    ])
    for (let times = 0; times < 2; times += 1) {
      const found: unknown[] = []
      for await (const part of parts[1]?.parts() ?? []) {
        const A = z.object({ a: z.number() })
        found.push(part.name === 'deep' ? await rejection(part.xml(A)) : await part.json(A))
      }
      expect(found).toMatchObject([{ a: 1 }, { part: 'parts[1].parts[1] named "deep"', issues: [{ path: ['a'] }] }])
    }
  })
})

/** The same message with another boundary. */
function swap(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString().replaceAll('--b', '--c')
}

describe('errors say which part, where in it, and of what', () => {
  test('that does not fit its schema', async () => {
    const [, part] = await partsOf([
      [named('a', 'text/plain'), 'x'],
      [json, '{"id":7,"tags":["a",5]}'],
    ])
    const error = await rejection(part?.json(User) ?? Promise.resolve())
    expect(error).toBeInstanceOf(ValidationError)
    expect(error).toMatchObject({
      at: 'body',
      status: 200,
      mediaType: 'application/json',
      target: 'GET http://a.test/x',
      part: 'parts[1] named "meta"',
      issues: [{ path: ['tags', 1] }],
      message: expect.stringMatching(
        /^GET http:\/\/a\.test\/x: the response's parts\[1\] named "meta" \(status 200, application\/json\) does not fit its schema: tags\[1\]: /,
      ),
    })
  })

  test('that is not well-formed', async () => {
    const error = await rejection((await partOf(json, '{"a": S3cret}')).json())
    expect(isHttpError(error, 'decode')).toBe(true)
    expect(error).toMatchObject({
      name: 'DecodeError',
      line: 1,
      column: 7,
      path: ['a'],
      part: 'parts[0] named "meta"',
      message: expect.stringContaining(
        `GET http://a.test/x: the response's parts[0] named "meta" (status 200) is not JSON`,
      ),
    })
    const silent = await rejection((await partOf(json, '{"a": S3cret}', { excerptBytes: 0 })).json())
    expect(silent).toMatchObject({ part: 'parts[0]', message: expect.not.stringMatching(/S3cret|meta/) })
  })

  test('that is of another type', async () => {
    const image = await partOf(named('i', 'image/png'), 'x')
    for (const read of [() => image.json(), () => image.xml(), () => image.form(), () => image.record(User)]) {
      expect(await rejection(read())).toMatchObject({
        code: 'decode',
        message: expect.stringMatching(/parts\[0\] named "i" .* is image\/png; asked for/),
      })
    }
  })

  test('that is empty, where the schema wants something', async () => {
    const part = await partOf(json, '')
    expect(await part.json()).toBeUndefined()
    expect(await part.json(User.optional())).toBeUndefined()
    expect(await rejection(part.json(User))).toMatchObject({
      code: 'no-content',
      message: `GET http://a.test/x: the response's parts[0] named "meta" (status 200) has no body, and the schema wants one`,
    })
  })

  test('a name of any length and kind is quoted and cut', async () => {
    const part = await partOf(named(`a%22%0D%0A${'😀'.repeat(60)}`, 'application/json'), '{')
    const { message: words } = (await rejection(part.json())) as Error
    expect(words).toContain(String.raw`named "a\"\r\n😀`)
    expect(words.length).toBeLessThan(300)
    expect(words.isWellFormed()).toBe(true)
  })

  test('a wrong schema or option is the caller, and the part can still be read', async () => {
    const part = await partOf(json, '{}')
    expect(await rejection(part.json({} as never))).toMatchObject({ code: 'config' })
    expect(await rejection(part.xml(User, { rot: 'x' } as never))).toMatchObject({ code: 'config' })
    expect(await part.json()).toEqual({})
  })
})

describe('what `binding` says holds for parts', () => {
  test('lax, lossless, prototype keys, strict types, no validation, sizes', async () => {
    const Strict = z.strictObject({ a: z.string().optional() })
    expect(await (await partOf(json, '{"a":null,"b":1}', { lax: true })).json(Strict)).toEqual({})
    const big = await partOf(json, '{"n":12345678901234567890}', { numbers: 'lossless' })
    expect(await big.json()).toEqual({ n: 12345678901234567890n })
    const keys = '{"__proto__":{"x":1},"a":1}'
    expect(await rejection((await partOf(json, keys)).json())).toMatchObject({ code: 'decode' })
    expect(await (await partOf(json, keys, { prototypeKeys: 'drop' })).json()).toEqual({ a: 1 })
    const bare = await partOf('Content-Disposition: form-data; name="n"', '{}', { mediaTypes: 'strict' })
    expect(await rejection(bare.json())).toMatchObject({ code: 'decode' })
    expect(await (await partOf(json, '{"id":"x"}', { validate: false })).json(User)).toEqual({ id: 'x' })
    expect(await rejection((await partOf(json, '[1,2,3]', { maxBytes: 6 })).json())).toMatchObject({
      code: 'too-large',
      part: 'parts[0] named "meta"',
    })
  })

  test('said with the call, and for parts of parts', async () => {
    const inner = swap(message([json, '{"n":12345678901234567890}']))
    const bytes = message(['Content-Type: multipart/mixed; boundary=c', inner])
    const api = clientOf(answer(bytes, 'multipart/mixed; boundary=b'))
    const seen: unknown[] = []
    for await (const outer of api.get('/', { binding: { numbers: 'lossless' } }).parts()) {
      for await (const part of outer.parts()) seen.push(await part.json())
    }
    expect(seen).toEqual([{ n: 12345678901234567890n }])
  })
})

describe('without a schema', () => {
  test('JSON in UTF-8 and UTF-16, with a byte order mark', async () => {
    expect(await (await partOf(json, '\ufeff{"ü":1}')).json()).toEqual({ ü: 1 })
    expect(await (await partOf(json, Buffer.from('\ufeff{"ü":1}', 'utf16le'))).json()).toEqual({ ü: 1 })
    const little = named('l', 'application/json; charset=utf-16le')
    expect(await (await partOf(little, Buffer.from('{"ü":1}', 'utf16le'))).json()).toEqual({ ü: 1 })
    expect(await rejection((await partOf(json, Uint8Array.of(0x22, 0xff, 0x22))).json())).toMatchObject({
      code: 'decode',
    })
  })

  test('XML, forms, text', async () => {
    expect(await (await partOf(named('x', 'text/xml'), '<a b="1"/>')).xml()).toEqual({ a: { '@b': '1' } })
    const form = await partOf(named('f', 'application/x-www-form-urlencoded'), 'a=1&a=2')
    expect(await form.form()).toEqual({ a: ['1', '2'] })
    expect(await (await partOf('', Buffer.from('\ufeffü', 'utf16le'))).text()).toBe('ü')
    expect(await (await partOf('Content-Type: text/plain; charset=latin1', Uint8Array.of(0xfc))).text()).toBe('ü')
    const unknown = await partOf('Content-Type: text/plain; charset=klingon', 'x')
    expect(await rejection(unknown.text())).toMatchObject({ part: 'parts[0]', code: 'decode' })
  })
})

test('a part is all that a part of the package is, and has the streams of a response', async () => {
  const headers =
    'Content-Disposition: attachment; name="n"; filename="../a.xml"\nContent-ID: <1>\n' +
    'Content-Type: text/xml\nContent-Range: bytes 0-1/9'
  const feed = '<feed><entry>1</entry><entry>2</entry></feed>'
  const api = clientOf(answer(message([headers, feed]), 'multipart/related; boundary=b'))
  const parts = await api.get('/').bodyParts()
  const part = rootPart(parts)
  if (part === undefined) throw new Error('no part')
  expect(part).toBe(parts[0])
  expect([part.name, part.filename, part.contentId, part.mediaType?.essence]).toEqual(['n', 'a.xml', '1', 'text/xml'])
  expect([part.isRoot, part.contentRange, part.disposition?.type]).toEqual([
    true,
    { first: 0, last: 1, total: 9 },
    'attachment',
  ])
  expect(await collect(part.xmlRecords('feed/entry', z.coerce.number()))).toEqual([1, 2])
  const failing = collect(part.xmlRecords('feed/entry', z.enum(['1'])))
  expect(await rejection(failing)).toMatchObject({ part: 'parts[0] named "n"', issues: [{ path: [1] }] })
  expect(await new Response(part.toWeb()).text()).toBe(feed)
  expect(Buffer.concat(await collect(part.toNode())).toString()).toBe(feed)
  expect(Buffer.concat(await collect(part.stream())).toString()).toBe(feed)
  const folder = mkdtempSync(path.join(tmpdir(), 'parts-'))
  try {
    const to = path.join(folder, 'feed.xml')
    expect(await part.saveTo(to)).toEqual({ path: to, bytes: feed.length })
    expect(readFileSync(to, 'utf8')).toBe(feed)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a part that comes is read once, and before the next one', async () => {
  const api = clientOf(answer(message([json, '{"a":1}'], [json, '{}']), 'multipart/mixed; boundary=b'))
  const parts = (await api.get('/')).parts()
  const { value: first } = await parts.next()
  expect(await first?.json()).toEqual({ a: 1 })
  expect(await rejection(first?.json() ?? Promise.resolve())).toMatchObject({ code: 'decode' })
  const { value: second } = await parts.next()
  await second?.discard()
  expect(await parts.next()).toEqual({ done: true, value: undefined })
  expect(await rejection(second?.xml() ?? Promise.resolve())).toMatchObject({ code: 'decode' })
  await parts.return?.()
})
