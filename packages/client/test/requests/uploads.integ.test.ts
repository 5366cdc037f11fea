import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { eachProtocol, type ServerRequest } from '@halyard/testing'
import { parseParts } from '@halyard/multipart'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { file, filePart, multipart, type Middleware } from '../../src/index.ts'
import { scene } from '../support/scene.ts'
import { rejection, turn } from '../support/thrown.ts'

/** A dozen chunks of 512 KiB, no two of them alike, and some bytes more. */
const size = 12 * 524_288 + 12_345
let folder = ''
let sent = ''
let digest = ''
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'uploads-'))
  sent = path.join(folder, 'sent')
  const content = Buffer.alloc(size)
  for (let at = 0; at < size - 4; at += 4) content.writeUInt32LE(Math.imul(at, 2_654_435_761) >>> 0, at)
  writeFileSync(sent, content)
  digest = createHash('sha256').update(content).digest('hex')
})
afterAll(() => rmSync(folder, { recursive: true }))

async function digestOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of chunks) hash.update(chunk)
  return hash.digest('hex')
}

/** Reads late and in turns, so that what is sent waits in every buffer on the way. */
async function* slowly(request: ServerRequest): AsyncGenerator<Uint8Array> {
  for (let turns = 0; turns < 50; turns += 1) await turn()
  for await (const chunk of request) {
    for (let turns = 0; turns < 3; turns += 1) await turn()
    yield Buffer.from(chunk)
  }
}

describe.each(eachProtocol)('over $name, files arrive as they are', (protocol) => {
  const reader = () =>
    scene(
      async (request, response) => {
        const type = request.headers['content-type'] ?? ''
        const digests: string[] = []
        if (type.startsWith('multipart/')) {
          for await (const part of parseParts(slowly(request), type)) digests.push(await digestOf(part.stream()))
        } else digests.push(await digestOf(slowly(request)))
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify(digests))
      },
      {},
      protocol,
    )

  test('alone, and as parts, also of a message in one', async () => {
    await using set = await reader()
    expect(await set.api.put('/', file(sent)).json()).toEqual([digest])
    const twice = multipart({ a: filePart(sent), b: 'x', c: filePart(sent) })
    const small = createHash('sha256').update('x').digest('hex')
    expect(await set.api.post('/', twice).json()).toEqual([digest, small, digest])
    const inner = multipart([filePart(sent)], { subtype: 'mixed', boundary: 'inner' })
    const head = `--inner\r\ncontent-disposition: attachment; filename="sent"\r\ncontent-type: application/octet-stream\r\n\r\n`
    const whole = createHash('sha256').update(head)
    for await (const chunk of filePart(sent).body.open() as AsyncIterable<Uint8Array>) whole.update(chunk)
    expect(await set.api.post('/', multipart({ inner })).json()).toEqual([
      whole.update('\r\n--inner--\r\n').digest('hex'),
    ])
  })

  test('several at once', async () => {
    await using set = await reader()
    const calls = Array.from({ length: 4 }, () => set.api.post('/', multipart({ a: filePart(sent) })).json())
    expect(await Promise.all(calls)).toEqual(calls.map(() => [digest]))
  })

  test('given up half way, and the file is let go of', async () => {
    const leave = new AbortController()
    await using set = await scene(
      async (request) => {
        for await (const _chunk of request) break
        leave.abort()
      },
      {},
      protocol,
    )
    const call = set.api.post('/', multipart({ a: filePart(sent) }), { signal: leave.signal })
    expect(await rejection(call)).toMatchObject({ code: 'aborted' })
  })
})

test('a middleware that keeps the chunks has them as they were', async () => {
  const kept: Uint8Array[] = []
  const keeper: Middleware = {
    name: 'keeper',
    wrap: (next) => (request, call) => {
      const { body } = request
      if (body === undefined) return next(request, call)
      const open = async function* (): AsyncGenerator<Uint8Array> {
        const opened = body.open()
        if (opened instanceof Uint8Array) throw new Error('not a stream')
        for await (const chunk of opened) {
          kept.push(chunk)
          yield chunk
        }
      }
      return next(request.with({ body: { ...body, open } }), call)
    },
  }
  await using set = await scene(
    async (request, response) => {
      response.end(await digestOf(request))
    },
    { use: { attempt: [keeper] } },
  )
  expect(await set.api.put('/', file(sent)).text()).toBe(digest)
  expect(createHash('sha256').update(Buffer.concat(kept)).digest('hex')).toBe(digest)
})
