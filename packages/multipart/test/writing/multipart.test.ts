import { bytesBody, ConfigError, factoryBody, textBody } from '@halyard/core'
import { describe, expect, test } from 'vitest'
import { formDataBody, jsonPart, multipart, MultipartForm, type PartInit } from '../../src/index.ts'
import { textOf, utf8 } from '../kit/messages.ts'

const lines = async (body: ReturnType<typeof multipart>): Promise<string[]> => (await textOf(body)).split('\r\n')

describe('form-data', () => {
  test('an object of values', async () => {
    const body = multipart(
      {
        a: 'x',
        n: 5,
        big: 10n,
        yes: true,
        tags: ['p', 'q'],
        none: undefined,
        raw: utf8('r'),
        file: new File(['f'], 'f.txt', { type: 'text/plain' }),
      },
      { boundary: 'B' },
    )
    expect(body.contentType).toBe('multipart/form-data; boundary=B')
    expect(await lines(body)).toEqual([
      '--B',
      'content-disposition: form-data; name="a"',
      '',
      'x',
      '--B',
      'content-disposition: form-data; name="n"',
      '',
      '5',
      '--B',
      'content-disposition: form-data; name="big"',
      '',
      '10',
      '--B',
      'content-disposition: form-data; name="yes"',
      '',
      'true',
      '--B',
      'content-disposition: form-data; name="tags"',
      '',
      'p',
      '--B',
      'content-disposition: form-data; name="tags"',
      '',
      'q',
      '--B',
      'content-disposition: form-data; name="raw"',
      'content-type: application/octet-stream',
      '',
      'r',
      '--B',
      'content-disposition: form-data; name="file"; filename="f.txt"',
      'content-type: text/plain',
      '',
      'f',
      '--B--',
      '',
    ])
    expect(body.length).toBe(Buffer.byteLength(await textOf(body)))
    expect(body.replayable).toBe(true)
  })

  test('names and file names as browsers write them', async () => {
    const body = multipart([{ name: 'a"b\r\nü', filename: 'q"\n.txt', body: 'x' }])
    expect(await textOf(body)).toContain('; name="a%22b%0D%0Aü"; filename="q%22%0A.txt"\r\n')
  })

  test('own names only, and none of them special', async () => {
    const values = Object.fromEntries([
      ['__proto__', 'p'],
      ['constructor', 'c'],
    ])
    Object.assign(Object.prototype, { polluted: 'x', filename: 'evil', mediaType: 'evil/evil', boundary: 'evil' })
    let body: ReturnType<typeof multipart>
    try {
      body = multipart(values)
    } finally {
      for (const name of ['polluted', 'filename', 'mediaType', 'boundary']) {
        Reflect.deleteProperty(Object.prototype, name)
      }
    }
    expect(await textOf(body)).toMatch(/name="__proto__"\r\n\r\np[^]*name="constructor"\r\n\r\nc/)
    expect(await textOf(body)).not.toMatch(/polluted|evil/)
  })

  test('parts and bodies as values; a part keeps its own name', async () => {
    const text = await textOf(
      multipart({ j: jsonPart({ a: 1 }), t: textBody('t'), p: { body: 'p', name: 'own', filename: 'p.txt' } }),
    )
    expect(text).toContain('name="j"\r\ncontent-type: application/json\r\n\r\n{"a":1}')
    expect(text).toContain('name="t"\r\ncontent-type: text/plain; charset=utf-8\r\n\r\nt')
    expect(text).toContain('name="own"; filename="p.txt"\r\n\r\np')
  })

  test('MultipartForm: append, set, delete', async () => {
    const form = new MultipartForm()
      .append('a', '1')
      .append('a', ['2', '3'])
      .append('b', 'gone')
      .append('f', new Blob(['x']), 'f.bin')
      .append('g', 'y', { mediaType: 'text/css', headers: { 'x-a': 'b' } })
      .set('c', 1)
      .delete('b')
    const text = await textOf(multipart(form, { boundary: 'B' }))
    expect(text.match(/name="[^"]*"(?:; filename="[^"]*")?/g)).toEqual([
      'name="a"',
      'name="a"',
      'name="a"',
      'name="f"; filename="f.bin"',
      'name="g"',
      'name="c"',
    ])
    expect(text).toContain('content-type: text/css\r\nx-a: b\r\n\r\ny')
  })

  test('FormData as browsers write it', async () => {
    const form = new FormData()
    form.append('a\nb', 'c\rd\n')
    form.append('f', new Blob(['1\n2']))
    const body = formDataBody(form)
    const text = await textOf(body)
    expect(text).toContain('name="a%0D%0Ab"\r\n\r\nc\r\nd\r\n\r\n--')
    expect(text).toContain('name="f"; filename="blob"\r\ncontent-type: application/octet-stream\r\n\r\n1\n2\r\n--')
    expect(body.length).toBe(Buffer.byteLength(text))
  })

  test('nothing at all', async () => {
    expect(await textOf(multipart({}, { boundary: 'B' }))).toBe('--B--\r\n')
  })
})

describe('other subtypes', () => {
  test('mixed: types by what the body is, file names twice', async () => {
    const body = multipart([{ body: 'see €' }, { body: utf8('b'), filename: 'naïve.bin' }, { body: 'n', name: 'n' }], {
      subtype: 'Mixed',
      boundary: 'B',
    })
    expect(body.contentType).toBe('multipart/mixed; boundary=B')
    expect(await lines(body)).toEqual([
      '--B',
      'content-type: text/plain; charset=utf-8',
      '',
      'see €',
      '--B',
      'content-disposition: attachment; filename="na_ve.bin"; filename*=UTF-8\'\'na%C3%AFve.bin',
      'content-type: application/octet-stream',
      '',
      'b',
      '--B',
      'content-disposition: inline; name="n"',
      'content-type: text/plain; charset=utf-8',
      '',
      'n',
      '--B--',
      '',
    ])
  })

  test('related: content ids, start, and the type of the root', async () => {
    const parts: PartInit[] = [
      { body: 'img', mediaType: 'image/png', contentId: 'i@x' },
      jsonPart({}, { contentId: '<r@x>' }),
    ]
    const body = multipart(parts, { subtype: 'related', start: 'r@x', boundary: 'B' })
    expect(body.contentType).toBe('multipart/related; boundary=B; type="application/json"; start="<r@x>"')
    expect(await textOf(body)).toContain('content-id: <r@x>')
    expect(multipart(parts, { subtype: 'related', boundary: 'B' }).contentType).toContain('type="image/png"')
    expect(() => multipart(parts, { subtype: 'related', start: 'none' })).toThrow('contentId of one of the parts')
    expect(() => multipart(parts, { subtype: 'mixed', start: 'r@x' })).toThrow('start')
  })

  test('headers of the part: own ones replace what would be written', async () => {
    const text = await textOf(
      multipart([
        {
          name: 'n',
          body: 'x',
          headers: { 'Content-Disposition': 'form-data; name=own', 'content-type': 'a/b', 'x-l': 'ü' },
        },
      ]),
    )
    expect(text).toContain('content-type: a/b\r\nContent-Disposition: form-data; name=own\r\nx-l: ü\r\n\r\nx')
    expect(text.match(/content-disposition/gi)).toHaveLength(1)
  })

  test('nested', async () => {
    const inner = multipart([{ body: 'in' }], { subtype: 'alternative', boundary: 'I' })
    const body = multipart([{ body: inner, name: 'm' }], { boundary: 'B' })
    expect(await textOf(body)).toBe(
      '--B\r\ncontent-disposition: form-data; name="m"\r\ncontent-type: multipart/alternative; boundary=I\r\n\r\n' +
        '--I\r\ncontent-type: text/plain; charset=utf-8\r\n\r\nin\r\n--I--\r\n\r\n--B--\r\n',
    )
    expect(body.length).toBe(Buffer.byteLength(await textOf(body)))
  })
})

describe('the boundary', () => {
  test('has 128 random bits', () => {
    const made = new Set(Array.from({ length: 100 }, () => multipart({}).boundary))
    expect(made.size).toBe(100)
    for (const boundary of made) expect(boundary).toMatch(/^halyard-[0-9a-f]{32}$/)
  })

  test('one that is given is checked, and quoted where it must be', () => {
    expect(multipart({}, { boundary: "a'()+_,-./:=? b" }).contentType).toBe(
      'multipart/form-data; boundary="a\'()+_,-./:=? b"',
    )
    for (const boundary of ['', 'a ', 'a'.repeat(71), 'ü', 'a\r\nb', 'a"b', 'a;b', 'a\0']) {
      expect(() => multipart({}, { boundary })).toThrow(ConfigError)
    }
  })

  test('one that is given is refused where it occurs', async () => {
    const refused = (parts: PartInit[]): void => {
      expect(() => multipart(parts, { subtype: 'mixed', boundary: 'bo' })).toThrow('does not occur in parts[0]')
    }
    refused([{ body: 'x\r\n--bo' }])
    refused([{ body: utf8('--bound') }])
    refused([{ body: 'x', headers: { '--bo': 'y' } }])
    refused([{ body: multipart([], { subtype: 'mixed', boundary: 'bound' }) }])
    refused([
      { body: multipart([{ body: multipart([{ body: '--bo' }], { subtype: 'mixed' }) }], { subtype: 'mixed' }) },
    ])
    refused([{ body: bytesBody(utf8('x'), 'multipart/mixed; boundary="bo2"') }])
    expect(multipart([{ body: 'bo bo -bo' }], { subtype: 'mixed', boundary: 'bo' }).boundary).toBe('bo')
    // What is known only when it is opened, is looked at then.
    const late = multipart([{ body: textBody('a --bo') }], { subtype: 'mixed', boundary: 'bo' })
    await expect(textOf(late)).rejects.toMatchObject({ code: 'encode' })
  })
})

describe('what is refused', () => {
  test.each<[string, PartInit]>([
    ['CR LF in a header', { name: 'a', body: '', headers: { 'x-a': 'b\r\nx-evil: c' } }],
    ['NUL in a header', { name: 'a', body: '', headers: { 'x-a': 'b\0' } }],
    ['a name of a header that is none', { name: 'a', body: '', headers: { 'x a': 'b' } }],
    ['CR LF in a media type', { name: 'a', body: '', mediaType: 'a/b\r\nx: y' }],
    ['CR LF in a content id', { name: 'a', body: '', contentId: 'a\r\nx: y' }],
    ['a bracket in a content id', { name: 'a', body: '', contentId: 'a>b' }],
    ['NUL in a name', { name: 'a\0', body: '' }],
    ['CR LF in the type of a body', { name: 'a', body: textBody('x', 'text/plain\r\nx: y') }],
    ['no name', { body: '' }],
    ['an unknown field', Object.assign({ name: 'a', body: '' }, { fileName: 'x' })],
    ['a body that is none', { name: 'a', body: 5 as never }],
    ['no body', { name: 'a', body: undefined as never }],
  ])('%s', (_what, part) => {
    expect(() => multipart([part])).toThrow(ConfigError)
  })

  test('parts and options that are none', () => {
    expect(() => multipart(5 as never)).toThrow(ConfigError)
    expect(() => multipart({ a: null as never })).toThrow(ConfigError)
    expect(() => multipart(new FormData() as never)).not.toThrow()
    expect(() => multipart({ a: '' }, { subtype: 'mixed' })).toThrow('a list of parts')
    expect(() => multipart({}, { subtype: 'a b' })).toThrow('a token')
    expect(() => multipart({}, { bondary: 'x' } as never)).toThrow("did you mean 'boundary'?")
    expect(() => jsonPart(1n)).toThrow('cannot be written as JSON')
    expect(() => jsonPart(undefined)).toThrow('cannot be written as JSON')
  })
})

test('length and replayability follow from the parts', () => {
  const stream = (async function* () {
    yield await Promise.resolve(utf8('x'))
  })()
  expect(multipart({ a: factoryBody(() => stream, { length: 1 }) })).toMatchObject({ replayable: true })
  expect(multipart({ a: factoryBody(() => stream, { length: 1 }) }).length).toBeGreaterThan(1)
  expect(multipart({ a: () => stream })).toMatchObject({ replayable: true, length: undefined })
  expect(multipart({ a: stream })).toMatchObject({ replayable: false, length: undefined })
})
