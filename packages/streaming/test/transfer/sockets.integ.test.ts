import { createPipeline, streamBody } from '@halyard/core'
import { httpServer, leakCheck, type LocalServer } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { transfer, type Chunking } from '../../src/transfer/index.ts'
import { bodyKinds, WatchedSource } from './kit/bodies.ts'
import { nodeTransport } from './kit/node-transport.ts'
import { expectWhole, recorder } from './kit/told.ts'

/** What a server saw of a request. */
interface Seen {
  bytes: number
  length: string | undefined
  encoding: string | undefined
}

/** Counts what comes, and answers with as many bytes, with or without a length. */
async function counting(): Promise<LocalServer & { readonly seen: Seen[] }> {
  const seen: Seen[] = []
  const server = await httpServer(async (request, response) => {
    let bytes = 0
    for await (const chunk of request) if (chunk instanceof Uint8Array) bytes += chunk.byteLength
    const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
    seen.push({ bytes, length, encoding })
    if (request.url.endsWith('?length')) response.setHeader('content-length', bytes)
    else response.flushHeaders()
    for (let left = bytes; left > 0; left -= 50_000) response.write(Buffer.alloc(Math.min(left, 50_000), 120))
    response.end()
  })
  return Object.assign(server, { seen })
}

describe.each(bodyKinds)('$kind', ({ make, bytes }) => {
  test.each<[Chunking, { up?: number }]>([
    ['auto', {}],
    ['auto', { up: 10_000_000 }],
    ['always', {}],
    ['never', {}],
  ])("what is told is what the server counted, chunking '%s', rate %j", async (chunking, rateBytesPerSecond) => {
    await using server = await counting()
    const api = createPipeline({ transport: nodeTransport(), use: [transfer()] })
    for (const path of ['/', '/?length']) {
      const up = recorder()
      const down = recorder()
      const response = await api.request('PUT', server.origin + path, {
        body: make(),
        onUploadProgress: up.listen,
        onDownloadProgress: down.listen,
        rateBytesPerSecond,
        chunking,
      })
      expect((await response.body.bytes()).byteLength).toBe(bytes)
      const seen = server.seen.pop()
      expect(seen?.bytes).toBe(bytes)
      expectWhole(up.told, seen?.bytes ?? Number.NaN, 65_536)
      expectWhole(down.told, bytes)
      expect(down.told[0]?.totalBytes).toBe(path === '/' ? undefined : bytes)
      // Of nothing, there are no chunks.
      if (chunking === 'always' && bytes > 0) expect(seen).toMatchObject({ length: undefined, encoding: 'chunked' })
      if (chunking === 'never') expect(seen).toMatchObject({ length: String(bytes), encoding: undefined })
    }
  })
})

test('an upload that is aborted stops its source, and says no more', async () => {
  const controller = new AbortController()
  await using _leaks = leakCheck({ signals: [controller.signal] })
  await using server = await httpServer(() => undefined)
  const source = new WatchedSource([new Uint8Array(3), new Uint8Array(4)], true)
  const { told, listen } = recorder()
  const api = createPipeline({ transport: nodeTransport(), use: [transfer()] })
  const sent = api.request('PUT', server.origin, {
    body: streamBody(source),
    signal: controller.signal,
    onUploadProgress: (progress) => {
      listen(progress)
      if (progress.transferredBytes === 7) controller.abort()
    },
  })
  await expect(sent).rejects.toMatchObject({ code: 'socket' })
  expect(told.map(({ transferredBytes }) => transferredBytes)).toEqual([0, 3, 7])
  expect(source.left).toBe(1)
  await server.idle()
})

test('a listener that throws ends the connection, and is what the call fails with', async () => {
  await using _leaks = leakCheck()
  await using server = await counting()
  const failure = new Error('no such bar')
  const source = new WatchedSource([new Uint8Array(3)], true)
  const api = createPipeline({ transport: nodeTransport(), use: [transfer()] })
  const sent = api.request('PUT', server.origin, {
    body: streamBody(source),
    onUploadProgress: ({ transferredBytes }) => {
      if (transferredBytes > 0) throw failure
    },
  })
  await expect(sent).rejects.toBe(failure)
  expect(source.left).toBe(1)
  await server.idle()
})
