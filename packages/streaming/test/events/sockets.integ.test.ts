import { systemClock } from '@halyard/core'
import { httpServer, type LocalServer, rawServer } from '@halyard/testing'
import { expect, test } from 'vitest'
import { eventStream } from '../../src/events/index.ts'
import { utf8 } from './kit/chunks.ts'
import { logEntry } from './kit/event-log.ts'
import { HttpSource } from './kit/http-source.ts'

/** A log of events that breaks every connection off after so many bytes, and answers 204 when all was given. */
function logServer(count: number, bytesOf: (connection: number) => number): Promise<LocalServer> {
  let connections = 0
  return httpServer((request, response) => {
    const last = Number(request.headers['last-event-id'] ?? 0)
    if (last === count) {
      response.writeHead(204)
      response.end()
      return
    }
    const numbers = Array.from({ length: count - last }, (_, index) => last + index + 1)
    const stream = utf8(numbers.map((number) => logEntry(number, '\r\n')).join(''))
    const bytes = bytesOf(connections)
    connections += 1
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    if (bytes < stream.byteLength) response.write(stream.subarray(0, bytes), () => request.socket.destroy())
    else response.end(stream)
  })
}

test('a stream that is cut on the way again and again comes whole, and in order', async () => {
  const count = 50
  const size = utf8(logEntry(1, '\r\n')).byteLength
  await using server = await logServer(count, (connection) => size + ((connection * 13) % (size * 3)))
  const source = new HttpSource(`${server.origin}/`)
  const ids: string[] = []
  for await (const { id, data } of eventStream(source, systemClock, { retryMs: 1, idleMs: 10_000 })) {
    expect(data).toBe(`${id} é\n😀`)
    ids.push(id)
  }
  expect(ids).toEqual(Array.from({ length: count }, (_, index) => String(index + 1)))
  expect(server.totalConnections).toBeGreaterThan(15)
  await server.idle()
})

test('connections that are reset before an answer, or cut behind an event, are tried again', async () => {
  let connections = 0
  await using server = await rawServer(async (connection) => {
    const { headers } = await connection.receiveRequest()
    connections += 1
    if (connections > 1 && connections < 5) {
      await connection.reset()
      return
    }
    const last = headers.find(([name]) => name === 'last-event-id')?.[1] ?? '0'
    const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'
    const event = `id: ${Number(last) + 1}\ndata: x\n\n`
    await connection.send(`${head}${event.length.toString(16)}\r\n${event}\r\n`)
    await connection.end()
  })
  const ids: string[] = []
  for await (const { id } of eventStream(new HttpSource(`${server.origin}/`), systemClock, { retryMs: 1 })) {
    ids.push(id)
    if (ids.length === 3) break
  }
  expect(ids).toEqual(['1', '2', '3'])
  expect(connections).toBe(6)
})

test('leaving closes the socket, while an event is awaited, too', async () => {
  await using server = await httpServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('data: 1\n\n')
  })
  for (const isAwaited of [false, true]) {
    const events = eventStream(new HttpSource(`${server.origin}/`), systemClock)[Symbol.asyncIterator]()
    expect(await events.next()).toMatchObject({ value: { data: '1' } })
    const waiting = isAwaited ? events.next() : undefined
    await events.return?.()
    expect(await waiting).toEqual(isAwaited ? { done: true, value: undefined } : undefined)
    await server.idle()
    expect(server.connections).toBe(0)
  }
})
