import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { eachProtocol, type Protocol, type ServerHandler } from '@halyard/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ConfigError, StatusError, type TransferProgress } from '../../src/index.ts'
import { scene, type Scene } from '../support/scene.ts'
import { rejection } from '../support/thrown.ts'

const size = 3_000_017
const content = Buffer.alloc(size)
for (let at = 0; at < size; at += 1) content[at] = (at * 31) % 251
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64')

let root = ''
let folder = ''
let target = ''
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'halyard-save-'))
})
afterAll(() => rm(root, { recursive: true }))
beforeEach(async () => {
  folder = await mkdtemp(path.join(root, 'case-'))
  target = path.join(folder, 'file.bin')
})

interface Served {
  /** Ends the connection after so many bytes of a body. */
  cutAt?: number
  etag?: string
  ranges?: boolean
  content?: Buffer
}

/** A server of one file, by what `served` says at the time; its ranges are written down. */
function files(served: Served, asked: string[] = []): ServerHandler {
  return (request, response) => {
    const body = served.content ?? content
    const range = /^bytes=(\d+)-(\d*)$/.exec(String(request.headers.range ?? ''))
    asked.push(String(request.headers.range ?? 'whole'))
    response.setHeader('etag', served.etag ?? '"v1"')
    let [from, end] = [0, body.byteLength]
    const fits = request.headers['if-range'] === undefined || request.headers['if-range'] === (served.etag ?? '"v1"')
    if (range !== null && fits && served.ranges !== false) {
      from = Number(range[1])
      if (range[2] !== '') end = Math.min(end, Number(range[2]) + 1)
      response.statusCode = 206
      response.setHeader('content-range', `bytes ${from}-${end - 1}/${body.byteLength}`)
    }
    response.setHeader('content-length', end - from)
    if (served.cutAt !== undefined && from + served.cutAt < end) {
      response.write(body.subarray(from, from + served.cutAt), () => void setImmediate(() => response.destroy()))
    } else response.end(body.subarray(from, end))
  }
}

const over = (protocol: Protocol, handler: ServerHandler): Promise<Scene> => scene(handler, {}, protocol)

describe.each(eachProtocol)('over $name', (protocol) => {
  test('the file is what was sent, and nothing else is left', async () => {
    await using set = await over(protocol, files({}))
    const told: TransferProgress[] = []
    const saved = await set.api
      .get('/')
      .saveTo(target, { durable: true, onProgress: (progress) => told.push(progress) })
    expect(saved).toEqual({ path: target, bytes: size, resumed: false, digest: undefined })
    expect(content.equals(await readFile(target))).toBe(true)
    expect(await readdir(folder)).toEqual(['file.bin'])
    expect(told[0]).toMatchObject({ transferredBytes: 0, totalBytes: size })
    expect(told.at(-1)).toMatchObject({ transferredBytes: size, totalBytes: size, ratio: 1 })
    expect((await (await set.api.get('/')).saveTo(target)).bytes).toBe(size)
  })

  test('a body that is cut leaves the old file, and nothing else', async () => {
    const served: Served = { cutAt: 1_000_000 }
    await using set = await over(protocol, files(served))
    await writeFile(target, 'old')
    expect(await rejection(set.api.post('/').saveTo(target))).toMatchObject({ code: 'socket' })
    expect(await readdir(folder)).toEqual(['file.bin'])
    expect(await readFile(target, 'utf8')).toBe('old')
  })

  test('with resume a cut download goes on where it was', async () => {
    const served: Served = { cutAt: 1_000_000 }
    const asked: string[] = []
    await using set = await over(protocol, files(served, asked))
    for (let part = 1; part <= 2; part += 1) {
      expect(await rejection(set.api.get('/').saveTo(target, { resume: true }))).toMatchObject({ code: 'socket' })
      expect((await readdir(folder)).toSorted()).toEqual(['file.bin.part', 'file.bin.part.json'])
    }
    delete served.cutAt
    const told: TransferProgress[] = []
    const saved = await set.api.get('/').saveTo(target, { resume: true, onProgress: (progress) => told.push(progress) })
    expect(saved).toMatchObject({ bytes: size, resumed: true })
    expect(content.equals(await readFile(target))).toBe(true)
    expect(await readdir(folder)).toEqual(['file.bin'])
    expect(asked).toHaveLength(3)
    expect(asked[0]).toBe('whole')
    const start = Number(/^bytes=(\d+)-$/.exec(asked[2] ?? '')?.[1])
    expect(start).toBeGreaterThan(1_000_000)
    expect(told[0]?.transferredBytes).toBe(start)
    expect(told.at(-1)?.transferredBytes).toBe(size)
  })

  test('a file that has changed in between is fetched anew, and so is one of a server without ranges', async () => {
    for (const changed of [{ etag: '"v2"', content: content.subarray(5) }, { ranges: false }] as Served[]) {
      const served: Served = { cutAt: 1_000_000 }
      await using set = await over(protocol, files(served))
      await rejection(set.api.get('/').saveTo(target, { resume: true }))
      delete served.cutAt
      Object.assign(served, changed)
      const saved = await set.api.get('/').saveTo(target, { resume: true })
      expect(saved.resumed).toBe(false)
      expect((changed.content ?? content).equals(await readFile(target))).toBe(true)
      await rm(target)
    }
  })

  test('an answer that was awaited resumes by a request of its own', async () => {
    const served: Served = { cutAt: 1_000_000 }
    const asked: string[] = []
    await using set = await over(protocol, files(served, asked))
    await rejection((await set.api.get('/')).saveTo(target, { resume: true }))
    delete served.cutAt
    expect(await (await set.api.get('/')).saveTo(target, { resume: true })).toMatchObject({
      resumed: true,
      bytes: size,
    })
    expect(content.equals(await readFile(target))).toBe(true)
    expect(asked.slice(0, 2)).toEqual(['whole', 'whole'])
    expect(asked[2]).toMatch(/^bytes=\d+-$/)
  })

  test('digests of the server are of what it sends, also where that is decoded', async () => {
    const text = Buffer.from('text '.repeat(50_000))
    const encoded = gzipSync(text)
    let claimed = sha256(encoded)
    await using set = await over(protocol, (_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip', 'repr-digest': `sha-256=:${claimed}:` })
      response.end(encoded)
    })
    expect(await set.api.get('/').saveTo(target)).toMatchObject({ bytes: text.byteLength })
    expect(text.equals(await readFile(target))).toBe(true)
    const own = { algorithm: 'sha256', value: createHash('sha256').update(text).digest('hex') }
    expect(await set.api.get('/').saveTo(target, { digest: own })).toMatchObject({ digest: { value: own.value } })
    await rm(target)
    claimed = sha256(text)
    expect(await rejection(set.api.get('/').saveTo(target))).toMatchObject({ code: 'decode' })
    expect(await readdir(folder)).toEqual([])
  })
})

test('ranges in parallel make the same file', async () => {
  const large = Buffer.concat(Array.from({ length: 15 }, () => content))
  const asked: string[] = []
  await using set = await scene(files({ content: large }, asked))
  expect(await set.api.get('/').saveTo(target, { parallel: 4 })).toMatchObject({ bytes: large.byteLength })
  expect(large.equals(await readFile(target))).toBe(true)
  expect(asked.length).toBeGreaterThan(3)
  expect(set.server.maxConnections).toBeGreaterThan(1)
})

describe('nothing is sent', () => {
  test.each([
    ['a folder that is not there', () => path.join(folder, 'no', 'file'), 'ENOENT'],
    ['a path below a file', () => path.join(import.meta.filename, 'file'), 'ENOTDIR'],
  ])('for %s', async (_name, where, code) => {
    await using set = await scene(files({}))
    const error = await rejection(set.api.get('/').saveTo(where()))
    expect(error).toMatchObject({ code: 'file', sent: 'no', cause: { code } })
    expect(String(error)).toMatch(/^BodyError: [^:\s]/)
    expect(set.server.requests).toBe(0)
  })

  test('for the path of a folder, and for wrong options', async () => {
    await using set = await scene(files({}))
    await mkdir(target)
    expect(await rejection(set.api.get('/').saveTo(target))).toMatchObject({ code: 'file', sent: 'no' })
    for (const [where, options] of [
      ['', {}],
      [5, {}],
      [target, { resume: 1 }],
      [target, { resum: true }],
      [target, { parallel: 0 }],
      [target, { digest: { algorithm: 'sha-256', value: 'xyz' } }],
    ] as const) {
      expect(await rejection(set.api.get('/').saveTo(where as string, options as object))).toBeInstanceOf(ConfigError)
    }
    const ranged = set.api.get('/', { headers: { range: 'bytes=0-9' } })
    expect(await rejection(ranged.saveTo(path.join(folder, 'x'), { resume: true }))).toBeInstanceOf(ConfigError)
    expect(set.server.requests).toBe(0)
  })
})

test('a failing status is a StatusError, and leaves no file; an answer that was awaited is saved', async () => {
  await using set = await scene((_request, response) => {
    response.writeHead(404, { 'content-type': 'application/json' })
    response.end('{"message":"gone"}')
  })
  for (const options of [{}, { resume: true }, { parallel: 2 }]) {
    const error = await rejection(set.api.get('/').saveTo(target, options))
    expect(error).toBeInstanceOf(StatusError)
    expect(error).toMatchObject({ status: 404, body: { message: 'gone' } })
    expect(await readdir(folder)).toEqual([])
  }
  const response = await set.api.get('/')
  await response.saveTo(target)
  expect(await readFile(target, 'utf8')).toBe('{"message":"gone"}')
})

test('a range of the caller is the file', async () => {
  await using set = await scene(files({}))
  await set.api.get('/', { headers: { range: 'bytes=10-19' } }).saveTo(target)
  expect(content.subarray(10, 20).equals(await readFile(target))).toBe(true)
})

test('an abort leaves nothing, and the connection is let go', async () => {
  const controller = new AbortController()
  await using set = await scene((_request, response) => {
    response.setHeader('content-length', size)
    response.write(content.subarray(0, 500_000))
  })
  const saving = set.api.get('/', { signal: controller.signal }).saveTo(target, {
    onProgress: ({ transferredBytes }) => {
      if (transferredBytes > 100_000) controller.abort()
    },
  })
  expect(await rejection(saving)).toMatchObject({ code: 'aborted' })
  expect(await readdir(folder)).toEqual([])
})
