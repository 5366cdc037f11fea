import { expect, test } from 'vitest'
import { xmlRecords } from '../../src/xml/index.ts'
import { sourceOf } from './kit/decode.ts'

const mebibyte = 1024 * 1024

/** A feed of `length` bytes and more, made as it is read. */
async function* feedOf(length: number): AsyncGenerator<Uint8Array> {
  yield Buffer.from('<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n')
  let sent = 0
  let id = 0
  while (sent < length) {
    const entries: string[] = []
    for (let count = 0; count < 200; count += 1) {
      id += 1
      entries.push(`  <entry id="${id}">
    <title>The title of entry number ${id} &amp; a few words more</title>
    <link href="https://feed.test/entries/${id}?a=1&amp;b=2" rel="alternate"/>
    <author><name>J\u00fcrgen ${id}</name><email>j${id}@feed.test</email></author>
    <summary>${'Some words of which there are many. '.repeat(8)}</summary>
  </entry>\n`)
    }
    const bytes = Buffer.from(entries.join(''))
    sent += bytes.length
    // Cut anywhere, as a network does.
    for (let at = 0; at < bytes.length; at += 16_381) yield await Promise.resolve(bytes.subarray(at, at + 16_381))
  }
  yield Buffer.from('</feed>\n')
}

function heapUsed(): number {
  // It sweeps buffers while others run; the next one waits for that.
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

test('200 MB of records take less than 64 MiB, also where a field of each is kept', async () => {
  const before = heapUsed()
  const links: string[] = []
  let most = 0
  let count = 0
  for await (const record of xmlRecords(feedOf(200_000_000), 'feed/entry', sourceOf())) {
    count += 1
    if (typeof record === 'string' || typeof record['link'] !== 'object') throw new Error('not an entry')
    const { '@href': href } = Object.fromEntries(Object.entries(record['link']))
    // A string cut out of a long text can keep all of the text: one field in ten is enough to show it.
    if (count % 10 === 0 && typeof href === 'string') links.push(href)
    if (count % 20_000 === 0) most = Math.max(most, heapUsed() - before)
  }
  expect(count).toBeGreaterThan(300_000)
  expect(links.length).toBe(Math.floor(count / 10))
  expect(most).toBeGreaterThan(0)
  expect(most / mebibyte).toBeLessThan(64)
})
