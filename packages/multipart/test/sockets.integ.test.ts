import { request as send, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { headerList, type RequestBody } from '@halyard/core'
import { cuts, httpServer, rawServer } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { multipart, parseParts, readParts, type MultipartResponse, type Part } from '../src/index.ts'

/** A client of Node's: a body out, a response in. */
async function exchange(origin: string, body?: RequestBody): Promise<MultipartResponse & { message: IncomingMessage }> {
  const message = await new Promise<IncomingMessage>((resolve, reject) => {
    const headers: Record<string, string> = body === undefined ? {} : { 'content-type': body.contentType ?? '' }
    if (body?.length !== undefined) headers['content-length'] = String(body.length)
    const outgoing = send(origin, { method: body === undefined ? 'GET' : 'POST', headers, agent: false }, resolve)
    outgoing.on('error', reject)
    const opened = body?.open() ?? new Uint8Array()
    if (opened instanceof Uint8Array) outgoing.end(opened)
    else Readable.from(opened).on('error', reject).pipe(outgoing)
  })
  return {
    message,
    headers: headerList(
      Object.entries(message.headersDistinct).flatMap(([name, values]) =>
        (values ?? []).map((value): [string, string] => [name, value]),
      ),
    ),
    body: {
      stream: () => message,
      discard: () => {
        message.destroy()
        return Promise.resolve()
      },
    },
  }
}

test('a form goes out, and parts come back, as streams', async () => {
  await using server = await httpServer(async (request, response) => {
    const parts: { name: string | undefined; size: number }[] = []
    for await (const part of parseParts(request, request.headers['content-type'])) {
      let size = 0
      for await (const chunk of part.stream()) size += chunk.byteLength
      parts.push({ name: part.name, size })
    }
    const length = request.headers['content-length']
    const answer = multipart([{ body: JSON.stringify({ length, parts }) }, { body: new Uint8Array(100_000) }], {
      subtype: 'mixed',
    })
    response.writeHead(200, { 'content-type': answer.contentType })
    Readable.from(answer.open()).pipe(response)
  })
  const large = (): Readable => Readable.from(Array.from({ length: 100 }, () => Buffer.alloc(10_000)))
  for (const isKnown of [true, false]) {
    const body = multipart({ a: 'x', large: isKnown ? new Blob([Buffer.alloc(1_000_000)]) : large() })
    const response = await exchange(server.origin, body)
    const seen: (string | number)[] = []
    for await (const part of readParts(response)) {
      if (part.mediaType?.type === 'text') seen.push(await part.text())
      else seen.push((await part.bytes()).byteLength)
    }
    const parts = [
      { name: 'a', size: 1 },
      { name: 'large', size: 1_000_000 },
    ]
    expect(seen).toEqual([JSON.stringify({ ...(isKnown ? { length: String(body.length) } : {}), parts }), 100_000])
  }
})

test('leaving the loop closes the connection; a part that nobody reads stops the sender', async () => {
  let sent = 0
  const gone = Promise.withResolvers<void>()
  await using server = await httpServer((_request, response) => {
    response.on('close', () => gone.resolve())
    response.writeHead(200, { 'content-type': 'multipart/mixed; boundary=b' })
    response.write('--b\r\n\r\n')
    const more = (): void => {
      while (!response.destroyed) {
        sent += 1_000_000
        if (!response.write(Buffer.alloc(1_000_000))) {
          response.once('drain', more)
          return
        }
      }
    }
    more()
  })
  const { message, ...response } = await exchange(server.origin)
  let first: Part | undefined
  for await (const part of readParts(response)) {
    first = part
    let before = -1
    // Until nothing moves any more: what is on its way is in the buffers of the sockets.
    while (before !== sent) {
      before = sent
      for (let turns = 0; turns < 200; turns += 1) await new Promise((resolve) => setImmediate(resolve))
    }
    break
  }
  expect(first).toBeDefined()
  expect(sent).toBeLessThan(50_000_000)
  await gone.promise
  expect(message.destroyed).toBe(true)
  await server.idle()
})

describe('a connection that is cut', () => {
  test.each(cuts.filter(({ bodyBytes }) => bodyBytes > 0))('$name', async ({ play }) => {
    await using server = await rawServer(play)
    const response = await exchange(server.origin)
    const as = { ...response, headers: headerList({ 'content-type': 'multipart/mixed; boundary=b' }) }
    await expect(
      (async () => {
        for await (const _part of readParts(as));
      })(),
    ).rejects.toBeInstanceOf(Error)
  })
})
