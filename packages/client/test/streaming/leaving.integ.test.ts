import { eachProtocol, leakCheck, type ServerHandler } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { createClient, type ResponsePromise } from '../../src/index.ts'
import { trusting } from '../support/scene.ts'

/** A body that never ends, in each format. */
const bodies: Readonly<Record<string, { type: string; first: string; item: string }>> = {
  stream: { type: 'application/octet-stream', first: '', item: 'x'.repeat(1_000) },
  events: { type: 'text/event-stream', first: '', item: 'id: 1\ndata: {}\n\n' },
  ndjson: { type: 'application/x-ndjson', first: '', item: '{"a":1}\n' },
  parts: { type: 'multipart/mixed; boundary=b', first: '', item: '--b\r\n\r\npart\r\n' },
  xmlRecords: { type: 'application/xml', first: '<feed>', item: '<entry>1</entry>' },
}

const readers: Readonly<Record<string, (call: ResponsePromise) => AsyncIterable<unknown>>> = {
  stream: (call) => call.stream(),
  events: (call) => call.events(),
  ndjson: (call) => call.ndjson(),
  parts: (call) => call.parts(),
  xmlRecords: (call) => call.xmlRecords('feed/entry'),
}

/** Sends some items, and then nothing more, or more and more. */
const endless: ServerHandler = (request, response) => {
  const [, kind = '', mode] = String(request.url).split('/')
  if (kind === 'ok') {
    response.end('ok')
    return
  }
  if (mode === 'silent') return
  const { type, first, item } = bodies[kind] ?? { type: '', first: '', item: '' }
  response.setHeader('content-type', type)
  response.write(first + item.repeat(5))
  if (mode === 'stalls') return
  const more = (): void => {
    while (!response.destroyed && response.write(item.repeat(20)));
    if (!response.destroyed) response.once('drain', more)
  }
  more()
}

describe.each(eachProtocol)('over $name', (protocol) => {
  describe.each(Object.entries(readers))('%s', (name, read) => {
    test.each(['flows', 'stalls'])('is left after any item of a body that %s', async (mode) => {
      const controller = new AbortController()
      await using leaks = leakCheck({ signals: [controller.signal], withinMs: 2_000 })
      await using server = await protocol.start(endless)
      await using api = createClient(server.origin, trusting(server))
      // The five items may come in one chunk.
      for (const most of name === 'stream' && mode === 'stalls' ? [1] : [1, 2, 3]) {
        let count = 0
        for await (const _item of read(api.get(`/${name}/${mode}`, { signal: controller.signal }))) {
          count += 1
          if (count === most) break
        }
        expect(count).toBe(most)
        expect(await api.get('/ok').text()).toBe('ok')
      }
      await api.close()
      await server.close()
      await leaks.check()
    })

    test('is left while the head, or an item, is awaited', async () => {
      await using leaks = leakCheck({ withinMs: 2_000 })
      await using server = await protocol.start(endless)
      await using api = createClient(server.origin, trusting(server))
      for (const mode of ['silent', 'stalls']) {
        const items = read(api.get(`/${name}/${mode}`))[Symbol.asyncIterator]()
        if (mode === 'stalls') await items.next()
        const pending: Promise<unknown>[] = []
        // A stream gives what came in chunks of its own size.
        for (let at = 0; at < 6; at += 1) pending.push(items.next().catch((error: unknown) => error))
        await items.return?.()
        await Promise.all(pending)
        expect(await items.next()).toMatchObject({ done: true })
        expect(await api.get('/ok').text()).toBe('ok')
      }
      await api.close()
      await server.close()
      await leaks.check()
    })
  })
})
