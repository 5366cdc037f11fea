import { eachProtocol, type ServerHandler } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { scene } from '../support/scene.ts'
import { xmlType } from './kit/answers.ts'

const mebibyte = 1024 * 1024
const feedBytes = 200_000_000

const Entry = z.object({
  '@id': z.int(),
  title: z.string(),
  link: z.object({ '@href': z.string() }),
  author: z.array(z.object({ name: z.string() })),
  summary: z.string(),
})

/** Some entries, sent again and again. */
const entriesInBlock = 200
const block = Buffer.from(
  Array.from(
    { length: entriesInBlock },
    (_one, id) => `  <entry id="${id}">
    <title>The title of entry number ${id} &amp; a few words more</title>
    <link href="https://feed.test/entries/${id}?a=1&amp;b=2" rel="alternate"/>
    <author><name>J\u00fcrgen ${id}</name><email>j${id}@feed.test</email></author>
    <summary>${'Some words of which there are many. '.repeat(8)}</summary>
  </entry>\n`,
  ).join(''),
)
const blocks = Math.ceil(feedBytes / block.length)

/** Sends the feed no faster than it is read. */
const feed: ServerHandler = (_request, response) => {
  let sent = 0
  response.writeHead(200, { 'content-type': xmlType })
  response.write('<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n')
  const more = (): void => {
    while (sent < blocks) {
      sent += 1
      if (!response.write(block)) return
    }
    if (sent === blocks) {
      sent += 1
      response.end('</feed>\n')
    }
  }
  response.on('drain', more)
  more()
}

/** What is held, on the heap and beside it, by client and server together. */
function held(): number {
  // It sweeps buffers while others run; the next one waits for that.
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

describe.each(eachProtocol)('over $name', (protocol) => {
  test('200 MB of records take less than 64 MiB, also where a field of each is kept', async () => {
    await using set = await scene(feed, {}, protocol)
    const links: string[] = []
    let before = 0
    let most = 0
    let count = 0
    for await (const entry of set.api.get('/').xmlRecords('feed/entry', Entry)) {
      count += 1
      // The code is loaded, and connected.
      if (count === entriesInBlock) before = held()
      // A string cut out of a long text can keep all of the text.
      if (count % 10 === 0) links.push(entry.link['@href'])
      if (count % 20_000 === 0) most = Math.max(most, held() - before)
    }
    expect(count).toBe(blocks * entriesInBlock)
    expect((count / entriesInBlock) * block.length).toBeGreaterThanOrEqual(feedBytes)
    expect(links).toHaveLength(Math.floor(count / 10))
    expect(before).toBeGreaterThan(0)
    expect(most / mebibyte).toBeLessThan(64)
  })
})
