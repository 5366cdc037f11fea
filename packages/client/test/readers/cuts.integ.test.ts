import { buffer } from 'node:stream/consumers'
import { cuts, leakCheck, rawServer, rawTlsServer } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { createClient, isHttpError, type ResponsePromise } from '../../src/index.ts'
import { rejection } from '../support/thrown.ts'

async function all(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return chunks
}

const readers: Readonly<Record<string, (call: ResponsePromise) => Promise<unknown>>> = {
  json: (call) => call.json(),
  text: (call) => call.text(),
  bytes: (call) => call.bytes(),
  stream: (call) => all(call.stream()),
  toWeb: (call) => buffer(call.toWeb()),
  toNode: (call) => buffer(call.toNode()),
  'json of a response': async (call) => (await call).json(),
  'text of a response': async (call) => (await call).text(),
  'bytes of a response': async (call) => (await call).bytes(),
  'stream of a response': async (call) => all((await call).stream()),
  'toWeb of a response': async (call) => buffer((await call).toWeb()),
  'toNode of a response': async (call) => buffer((await call).toNode()),
  trailers: async (call) => {
    const response = await call
    const [trailers] = await Promise.all([response.trailers(), response.text()])
    return trailers
  },
}

describe.each([
  ['h1', rawServer],
  ['h1 over TLS', rawTlsServer],
] as const)('over %s', (_name, start) => {
  describe.each(cuts)('cut $name', (cut) => {
    test.each(Object.entries(readers))('%s', async (_reader, read) => {
      await using leaks = leakCheck({ withinMs: 2_000 })
      await using server = await start(cut.play)
      const api = createClient(server.origin, server.ca === undefined ? {} : { tls: { ca: server.ca } })
      // POST: nothing may send it again.
      const error = await rejection(read(api.post('/', 'x')))
      if (!isHttpError(error)) throw new Error(`not an HttpError: ${String(error)}`)
      expect(['socket', 'protocol', 'connect']).toContain(error.code)
      expect(error.sent).toBe(cut.headSent ? 'yes' : 'maybe')
      if (cut.headSent && cut.by === 'FIN') {
        expect(error).toHaveProperty('receivedBytes', cut.bodyBytes)
        expect(error.message).toMatch(new RegExp(`\\b${cut.bodyBytes}\\b.* bytes`))
      } else if (!cut.headSent) expect(error.message).toMatch(/no response headers/)
      await api.destroy()
      await server.close()
      await leaks.check()
    })
  })
})

test('a body that ends with the connection is whole by definition of HTTP/1', async () => {
  await using server = await rawServer(async (connection) => {
    await connection.receiveRequest()
    await connection.send('HTTP/1.1 200 OK\r\n\r\nabc')
    await connection.end()
  })
  await using api = createClient(server.origin)
  expect(await api.get('/').text()).toBe('abc')
})

test('StatusError is what a cut failure is, with what had come', async () => {
  await using server = await rawServer(async (connection) => {
    await connection.receiveRequest()
    await connection.send('HTTP/1.1 500 No\r\ncontent-length: 20\r\n\r\nabc')
    await connection.end()
  })
  await using api = createClient(server.origin)
  expect(await rejection(api.post('/').text())).toMatchObject({ code: 'status', status: 500, body: 'abc' })
})
