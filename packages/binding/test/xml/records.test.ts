import { ConfigError } from '@halyard/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DecodeError } from '../../src/reading/decode-error.ts'
import { xmlRecords, type XmlRecordsOptions, type XmlValue } from '../../src/xml/index.ts'
import { decode, singly, sourceOf } from './kit/decode.ts'

async function* chunks(...pieces: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield await Promise.resolve(typeof piece === 'string' ? Buffer.from(piece) : piece)
}

async function collect(records: AsyncIterable<XmlValue>): Promise<readonly XmlValue[]> {
  const all: XmlValue[] = []
  for await (const record of records) all.push(record)
  return all
}

const read = (document: string, path: string, options?: XmlRecordsOptions): Promise<readonly XmlValue[]> =>
  collect(xmlRecords(chunks(document), path, sourceOf(), options))

const feed = `<?xml version="1.0"?>
<feed xmlns="u"><title>T</title>
  <entry id="1"><title>one &amp; only</title><entry>inner</entry></entry>
  <other><entry>not this</entry></other>
  <entry/><entry>text</entry>
</feed>
`
const entries = [{ '@id': '1', title: 'one & only', entry: 'inner' }, '', 'text']

test('the elements at a path, without their name', async () => {
  expect(await read(feed, 'feed/entry')).toEqual(entries)
  expect(await read(feed, 'feed/other/entry')).toEqual(['not this'])
  expect(await read(feed, 'feed/entry/title')).toEqual(['one & only'])
  expect(await read(feed, 'feed/nothing')).toEqual([])
  expect(await read(feed, 'feed')).toEqual([decode(feed, { root: 'feed' })])
})

test('however the document is cut', async () => {
  const bytes = Buffer.from(feed)
  expect(await collect(xmlRecords(chunks(...singly(bytes)), 'feed/entry', sourceOf()))).toEqual(entries)
  for (let cut = 1; cut < bytes.length; cut += 1) {
    const pieces = chunks(bytes.subarray(0, cut), bytes.subarray(cut))
    expect(await collect(xmlRecords(pieces, 'feed/entry', sourceOf()))).toEqual(entries)
  }
})

test('a document that is cut off is an error behind the records that it holds', async () => {
  const end = feed.trimEnd().length
  for (let length = 0; length < feed.length; length += 1) {
    const found: XmlValue[] = []
    const reading = (async () => {
      for await (const record of xmlRecords(chunks(feed.slice(0, length)), 'feed/entry', sourceOf())) found.push(record)
    })()
    if (length >= end) await reading
    else await expect(reading).rejects.toThrow(DecodeError)
    expect(entries.slice(0, found.length)).toEqual(found)
  }
})

test('records come as soon as they are whole', async () => {
  const asked: string[] = []
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    for (const piece of ['<l><e>1</e><e>2', '</e><e>', '3</e></l>']) {
      asked.push(piece)
      yield await Promise.resolve(Buffer.from(piece))
    }
  }
  const seen: [XmlValue, number][] = []
  for await (const record of xmlRecords(pieces(), 'l/e', sourceOf())) seen.push([record, asked.length])
  expect(seen).toEqual([
    ['1', 1],
    ['2', 2],
    ['3', 3],
  ])
})

test('whoever stops leaves the stream', async () => {
  let left = false
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield await Promise.resolve(Buffer.from(left ? '' : '<l><e>1</e><e>2</e>'))
    } finally {
      left = true
    }
  }
  for await (const record of xmlRecords(pieces(), 'l/e', sourceOf())) {
    expect(record).toBe('1')
    break
  }
  expect(left).toBe(true)
})

describe('errors', () => {
  test('have the place in the whole document', async () => {
    const pieces = chunks('<l>\n', '<e>1</e>\n  <e>\u{1f600}', '</', 'x></l>')
    await expect(collect(xmlRecords(pieces, 'l/e', sourceOf()))).rejects.toMatchObject({
      line: 3,
      column: 7,
      path: ['l', 'e'],
    })
  })

  test('of another root element', async () => {
    await expect(read('<error>x</error>', 'feed/entry')).rejects.toThrow('has another root element than feed')
  })

  test('of the options are thrown at once', () => {
    for (const path of ['', '/', 'feed/', '/feed', 'feed//entry', 'feed/*', 'feed/1', 'feed entry']) {
      expect(() => xmlRecords(chunks(), path, sourceOf())).toThrow(ConfigError)
    }
    expect(() => xmlRecords(chunks(), 'a', sourceOf(), { maxDepth: 0 })).toThrow(ConfigError)
  })

  test('of a record that is too long', async () => {
    const record = `<e>${'x'.repeat(900)}</e>`
    expect(await read(`<l>${record.repeat(10)}</l>`, 'l/e', { maxBytes: 1000 })).toHaveLength(10)
    const long = `<l>${record}<e>${'x'.repeat(500)}<f>${'x'.repeat(500)}</f></e></l>`
    await expect(read(long, 'l/e', { maxBytes: 1000 })).rejects.toMatchObject({ code: 'too-large' })
    await expect(read(`<l><e>${'<f/>'.repeat(100)}`, 'l/e', { maxBytes: 1000 })).rejects.toMatchObject({
      code: 'too-large',
    })
    const endless = chunks('<l><e a="', ...Array.from({ length: 20 }, () => 'x'.repeat(100)))
    await expect(collect(xmlRecords(endless, 'l/e', sourceOf(), { maxBytes: 1000 }))).rejects.toMatchObject({
      code: 'too-large',
      line: 1,
      column: 4,
    })
  })

  test('of limits that count for each record', async () => {
    const record = `<e>${'&#65;'.repeat(6)}</e>`
    expect(await read(`<l>${record.repeat(100)}</l>`, 'l/e', { maxExpansions: 6 })).toHaveLength(100)
    await expect(read(`<l>${record}</l>`, 'l/e', { maxExpansions: 5 })).rejects.toThrow('maxExpansions')
    await expect(read(`<l>${'<x>'.repeat(1000)}`, 'l/e')).rejects.toThrow('maxDepth')
  })

  test('of keys that stand for a prototype', async () => {
    const document = '<l><e><__proto__><x>1</x></__proto__></e><e>2</e></l>'
    await expect(read(document, 'l/e')).rejects.toThrow('prototypeKeys')
    expect(await read(document, 'l/e', { prototypeKeys: 'drop' })).toEqual([{}, '2'])
    expect(await read('<l><__proto__>1</__proto__></l>', 'l/__proto__')).toEqual(['1'])
  })
})

test('prefixes are taken off, and the path is without them', async () => {
  const document = '<a:l xmlns:a="u"><a:e a:x="1">t</a:e></a:l>'
  expect(await read(document, 'l/e', { namespaces: 'strip' })).toEqual([{ '@x': '1', '#text': 't' }])
  expect(await read(document, 'a:l/a:e')).toEqual([{ '@a:x': '1', '#text': 't' }])
})

test('the same as out of the whole document, for any list', async () => {
  const parts = fc.constantFrom(
    'x',
    ' ',
    '&lt;',
    '\u00e9',
    '\u{1f600}',
    '\r\n',
    '<b/>',
    '<!-- e -->',
    '<![CDATA[</e>]]>',
  )
  const item = fc.array(parts, { maxLength: 6 }).map((some) => some.join(''))
  await fc.assert(
    fc.asyncProperty(fc.array(item), fc.array(fc.nat(200)), async (items, lengths) => {
      const document = Buffer.from(`<l>${items.map((text) => `<e>${text}</e>`).join('')}</l>`)
      const pieces: Uint8Array[] = []
      let from = 0
      for (const length of lengths) {
        pieces.push(document.subarray(from, from + length))
        from += length
      }
      pieces.push(document.subarray(from))
      const whole = decode(document, { root: 'l' })
      const list = typeof whole === 'string' ? [] : [whole['e'] ?? []].flat()
      expect(await collect(xmlRecords(chunks(...pieces), 'l/e', sourceOf()))).toEqual(list)
    }),
  )
})
