import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { eachProtocol, rawServer, reply } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import {
  createClient,
  filePart,
  jsonPart,
  multipart,
  MultipartForm,
  type MultipartBody,
  type Part,
} from '../../src/index.ts'
import { scene } from '../support/scene.ts'
import { rejection, turn } from '../support/thrown.ts'

async function bytesOf(body: MultipartBody): Promise<Buffer> {
  const opened = body.open()
  if (opened instanceof Uint8Array) return Buffer.from(opened)
  const chunks: Uint8Array[] = []
  for await (const chunk of opened) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function rangeOf(whole: Buffer, range: Part['contentRange']): Buffer {
  return whole.subarray(range?.first, (range?.last ?? 0) + 1)
}

describe.each(eachProtocol)('over $name', (protocol) => {
  /** Sends back what came, as the message that it is. */
  const echo = () =>
    scene(
      (request, response) => {
        response.setHeader('content-type', String(request.headers['content-type']))
        request.pipe(response)
      },
      {},
      protocol,
    )

  test('what multipart() sends is what parts() gives, messages within too', async () => {
    await using set = await echo()
    const inner = multipart([{ body: 'one' }, jsonPart({ two: 2 })], { subtype: 'mixed' })
    const body = multipart([
      { name: 'text', body: 'grüße & "quotes"' },
      { name: 'file', filename: '../a"b.bin', mediaType: 'image/x', body: Uint8Array.of(0, 13, 10, 45, 45) },
      { name: 'inner', body: inner },
    ])
    const seen: unknown[] = []
    for await (const part of set.api.post('/', body).parts()) {
      if (part.name === 'inner') {
        for await (const one of part.parts()) seen.push(await one.text())
      } else seen.push([part.name, part.filename, Buffer.from(await part.bytes()).toString('latin1')])
    }
    expect(seen).toEqual([
      ['text', undefined, Buffer.from('grüße & "quotes"').toString('latin1')],
      ['file', 'a"b.bin', '\0\r\n--'],
      'one',
      '{"two":2}',
    ])
  })

  test('a form, a file and all parts at once', async () => {
    await using set = await echo()
    const form = new MultipartForm()
    form.append('title', 'Report')
    for (const part of [filePart(import.meta.filename, { name: 'source' })]) form.append('source', part.body)
    const parts = await set.api.post('/', multipart(form)).bodyParts()
    expect(parts.map(({ name }) => name)).toEqual(['title', 'source'])
    expect(await parts[1]?.text()).toContain('a form, a file and all parts at once')
    const held = await (await set.api.post('/', new URLSearchParams())).bodyParts().catch((error: unknown) => error)
    expect(held).toMatchObject({ code: 'decode' })
  })

  test('large parts, saved, read, skipped and left, of a body whose length is known, or is not', async () => {
    const large = (seed: number): Buffer => {
      const bytes = Buffer.alloc(3_000_000 + seed)
      for (let at = 0; at + 4 <= bytes.byteLength; at += 4) bytes.writeUInt32LE(Math.imul(at + seed, 40_503) >>> 0, at)
      return bytes
    }
    const contents = [large(1), large(2), large(3), large(4), large(5)]
    const inner = multipart([{ body: large(6) }, { body: 'x' }], { subtype: 'mixed' })
    const body = multipart([...contents.map((bytes) => ({ body: bytes })), { body: inner }], { subtype: 'mixed' })
    const whole = await bytesOf(body)
    await using set = await scene(
      (request, response) => {
        const known = request.url === '/known' ? { 'content-length': String(whole.byteLength) } : {}
        response.writeHead(200, { 'content-type': body.contentType, ...known })
        response.end(whole)
      },
      {},
      protocol,
    )
    const folder = mkdtempSync(path.join(tmpdir(), 'large-'))
    const place = path.join(folder, 'part')
    try {
      for (const target of ['/known', '/unknown']) {
        const seen: (boolean | number | string)[] = []
        for await (const part of set.api.get(target).parts()) {
          const index = seen.length
          const content = contents[index]
          if (content === undefined) {
            for await (const one of part.parts()) {
              const { bytes } = await one.saveTo(place)
              seen.push(bytes, readFileSync(place).equals(bytes === 1 ? Buffer.from('x') : large(6)))
            }
          } else if (index % 5 === 0 || index % 5 === 4) {
            await part.saveTo(place)
            seen.push(readFileSync(place).equals(content))
          } else if (index % 5 === 1) seen.push(Buffer.from(await part.bytes()).equals(content))
          else if (index % 5 === 2) seen.push('skipped')
          else {
            for await (const chunk of part.stream()) {
              seen.push(content.subarray(0, chunk.byteLength).equals(chunk))
              break
            }
          }
        }
        expect(seen).toEqual([true, true, 'skipped', true, true, 3_000_006, true, 1, true])
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('giving up, or leaving, while a part is saved: nothing is left of it', async () => {
    await using set = await scene(
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'multipart/mixed; boundary=b', 'content-length': '10000000' })
        response.write(`--b\r\n\r\n${'x'.repeat(2_000_000)}`)
      },
      {},
      protocol,
    )
    const folder = mkdtempSync(path.join(tmpdir(), 'left-'))
    try {
      const leave = new AbortController()
      for await (const part of set.api.get('/', { signal: leave.signal }).parts()) {
        const saving = part.saveTo(path.join(folder, 'part'))
        for (let turns = 0; turns < 20; turns += 1) await turn()
        leave.abort()
        expect(await rejection(saving)).toMatchObject({ code: 'aborted' })
        break
      }
      let saving: Promise<unknown> | undefined
      for await (const part of set.api.get('/').parts()) {
        saving = part.saveTo(path.join(folder, 'part'))
        saving.catch(() => undefined)
        for (let turns = 0; turns < 20; turns += 1) await turn()
        break
      }
      expect(await rejection(saving ?? Promise.resolve())).toMatchObject({ code: 'decode' })
      expect(readdirSync(folder)).toEqual([])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('a 206 of several ranges: each with its place, to the byte', async () => {
    const whole = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 256))
    await using set = await scene(
      async (request, response) => {
        expect(request.headers.range).toBe('bytes=0-9,500-899')
        const ranges = [
          [0, 9],
          [500, 899],
        ] as const
        const body = multipart(
          ranges.map(([from, to]) => ({
            mediaType: 'x/y',
            headers: { 'content-range': `bytes ${from}-${to}/1000` },
            body: new Uint8Array(whole.subarray(from, to + 1)),
          })),
          { subtype: 'byteranges' },
        )
        response.writeHead(206, { 'content-type': body.contentType })
        response.end(await bytesOf(body))
      },
      {},
      protocol,
    )
    const seen: unknown[] = []
    for await (const part of set.api.get('/', { headers: { range: 'bytes=0-9,500-899' } }).parts()) {
      const { contentRange } = part
      seen.push([contentRange, Buffer.from(await part.bytes()).equals(rangeOf(whole, contentRange))])
    }
    expect(seen).toEqual([
      [{ first: 0, last: 9, total: 1000 }, true],
      [{ first: 500, last: 899, total: 1000 }, true],
    ])
  })

  test.each([
    ['1e5 parts', '--b\r\n\r\nx\r\n', 'maxParts'],
    ['a preamble', 'x', 'maxOuterBytes'],
    ['a header', '--b\r\nA: ', 'maxHeaderBytes'],
  ])('%s without an end: an error by limit, and the exchange is closed', async (_name, start, limit) => {
    const more = limit === 'maxParts' ? start.repeat(1000) : 'x'.repeat(10_000)
    await using set = await scene(
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'multipart/mixed; boundary=b' })
        response.write(start)
        const write = (): void => {
          while (!response.destroyed) if (!response.write(more)) return void response.once('drain', write)
        }
        write()
      },
      {},
      protocol,
    )
    const read = async (): Promise<void> => {
      for await (const part of set.api.get('/').parts()) await part.discard()
    }
    expect(await rejection(read())).toMatchObject({ code: 'too-large', limit })
    expect(await rejection(set.api.get('/').bodyParts())).toMatchObject({ code: 'too-large', limit })
  })

  test('leaving early lets the connection go, and the next call works', async () => {
    await using set = await echo()
    const many = multipart(
      Array.from({ length: 50 }, (_, index) => ({ body: 'x'.repeat(10_000 + index) })),
      {
        subtype: 'mixed',
      },
    )
    const names: (Part['mediaType'] | string)[] = []
    for await (const part of set.api.post('/', many).parts()) {
      names.push(part.mediaType)
      break
    }
    expect(names).toHaveLength(1)
    expect(await set.api.post('/', multipart({ a: 1 })).bodyParts()).toHaveLength(1)
  })
})

test('says what it accepts; a status is an error; a message that is cut is one', async () => {
  const cut = '--b\r\n\r\nhello\r\n--b\r\n\r\nwor'
  await using server = await rawServer(async (connection) => {
    const { target } = await connection.receiveRequest()
    const status = target === '/404' ? 404 : 200
    await connection.send(reply({ status, headers: { 'content-type': 'multipart/mixed; boundary=b' }, body: cut }))
    await connection.end()
  })
  const api = createClient(server.origin)
  expect(await rejection(api.get('/404').bodyParts())).toMatchObject({ name: 'ClientRequestError', status: 404 })
  const texts: string[] = []
  const read = async (): Promise<void> => {
    for await (const part of api.get('/').parts()) texts.push(await part.text())
  }
  expect(await rejection(read())).toMatchObject({ name: 'MultipartError', code: 'decode' })
  expect(texts).toEqual(['hello'])
  expect(server.received[0]).toMatch(/accept: multipart\/\*/i)
  expect(await rejection(api.get('/').bodyParts({ maxParts: -1 }))).toMatchObject({ code: 'config' })
  await api.close()
})
