import { eachProtocol, fakeClock, type Protocol } from '@halyard/testing'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  ConfigError,
  createClient,
  file,
  form,
  json,
  multipart,
  ndjson,
  xml,
  type TransferProgress,
} from '../../src/index.ts'
import { bodyOf, scene, type Scene } from '../support/scene.ts'
import { rejection, turn } from '../support/thrown.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'halyard-progress-'))
  await writeFile(path.join(folder, 'data'), Buffer.alloc(700_001, 'f'))
})
afterAll(() => rm(folder, { recursive: true }))

async function* chunks(): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < 5; at += 1) yield await Promise.resolve(new Uint8Array(33_333))
}

const bodies: Readonly<Record<string, () => unknown>> = {
  string: () => 'Grüße '.repeat(20_000),
  bytes: () => new Uint8Array(1_234_567),
  'array buffer': () => new ArrayBuffer(5),
  blob: () => new Blob(['x'.repeat(300_000)]),
  json: () => json({ list: Array.from({ length: 20_000 }, (_, at) => at) }),
  form: () => form({ a: 'b'.repeat(100_000) }),
  xml: () => xml({ a: 'b'.repeat(100_000) }),
  'search parameters': () => new URLSearchParams({ a: 'b' }),
  multipart: () => multipart({ a: 'b', c: new Uint8Array(200_000) }),
  FormData: () => {
    const data = new FormData()
    data.append('f', new Blob([new Uint8Array(200_000)]))
    return data
  },
  file: () => file(path.join(folder, 'data')),
  generator: chunks,
  stream: () => chunks(),
  'node stream': () => Readable.from(chunks()),
  'web stream': () => new Blob(['y'.repeat(100_000)]).stream(),
  lines: () => ndjson(Array.from({ length: 9_000 }, (_, id) => ({ id }))),
  empty: () => '',
}

/** Counts what comes, and says so; answers `GET /n` with n bytes. */
const counting = (protocol: Protocol, config: object = {}): Promise<Scene> =>
  scene(
    async (request, response) => {
      if (request.method === 'GET') {
        const size = Number(request.url?.slice(1))
        response.setHeader('content-length', size)
        response.end(Buffer.alloc(size, 'd'))
        return
      }
      const body = await bodyOf(request).catch(() => undefined)
      if (body !== undefined) response.setHeader('x-received', body.byteLength)
      response.end()
    },
    config,
    protocol,
  )

/** What a listener was told must grow, and end with all of it. */
function expectTold(told: readonly TransferProgress[], sum: number, totalKnown: boolean): void {
  expect(told[0]?.transferredBytes).toBe(0)
  expect(told.at(-1)?.transferredBytes).toBe(sum)
  for (const [at, one] of told.entries()) {
    expect(one.transferredBytes).toBeGreaterThanOrEqual(told[at - 1]?.transferredBytes ?? 0)
    expect(one.totalBytes).toBe(totalKnown ? sum : one.totalBytes)
    expect(one.attempt).toBe(0)
  }
  if (totalKnown) expect(told.at(-1)).toMatchObject({ ratio: 1, etaMs: 0 })
}

describe.each(eachProtocol)('over $name', (protocol) => {
  test.each(Object.entries(bodies))('the sum of an upload is what the server counted: %s', async (_kind, make) => {
    await using set = await counting(protocol)
    for (const options of [
      {},
      { compression: { request: 'gzip' } },
      { chunking: 'always' },
      { chunking: 'never' },
    ] as const) {
      const told: TransferProgress[] = []
      const response = await set.api.post('/', make(), {
        ...options,
        onUploadProgress: (progress) => told.push(progress),
      })
      const received = Number(response.headers.get('x-received'))
      expect(received).not.toBeNaN()
      await response.discard()
      expectTold(told, received, false)
      if (received > 200_000) expect(told.length).toBeGreaterThan(3)
    }
  })

  test.each([0, 1, 65_536, 3_000_000])('the sum of a download of %i bytes is what the server sent', async (size) => {
    await using set = await counting(protocol)
    for (const read of ['bytes', 'stream', 'discarded'] as const) {
      const told: TransferProgress[] = []
      const call = set.api.get(`/${size}`, { onDownloadProgress: (progress) => told.push(progress) })
      if (read === 'bytes') await call.bytes()
      else if (read === 'stream') for await (const chunk of call.stream()) expect(chunk.byteLength).toBeGreaterThan(0)
      else {
        await (await call).discard()
        expect(told.length).toBeLessThan(2)
        continue
      }
      expectTold(told, size, true)
    }
  })

  test('a download that is decoded is counted as it was sent', async () => {
    const encoded = gzipSync(Buffer.alloc(1_000_000, 'abcdefghij'))
    await using set = await scene(
      (_request, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': encoded.byteLength })
        response.end(encoded)
      },
      { limits: { decodedRatio: 1e6 } },
      protocol,
    )
    const told: TransferProgress[] = []
    const bytes = await set.api.get('/', { onDownloadProgress: (progress) => told.push(progress) }).bytes()
    expect(bytes.byteLength).toBe(1_000_000)
    expectTold(told, encoded.byteLength, true)
  })

  test('a listener that throws fails the call, and the connection is let go', async () => {
    await using set = await counting(protocol)
    const bug = new Error('a bug of the listener')
    const fail = (): void => {
      throw bug
    }
    expect(await rejection(set.api.post('/', new Uint8Array(500_000), { onUploadProgress: fail }))).toBe(bug)
    expect(await rejection(set.api.get('/500000', { onDownloadProgress: fail }).bytes())).toBe(bug)
    expect((await set.api.get('/5').bytes()).byteLength).toBe(5)
  })

  test('a server that does not read is not sent more, and no more is told', async () => {
    await using set = await scene(
      (request, response) => {
        request.pause()
        response.on('close', () => undefined)
      },
      {},
      protocol,
    )
    let told = 0
    const size = 64 * 2 ** 20
    const controller = new AbortController()
    const call = set.api.post('/', new Uint8Array(size), {
      signal: controller.signal,
      onUploadProgress: ({ transferredBytes }) => (told = transferredBytes),
    })
    call.catch(() => undefined)
    // Until the kernel's buffers are full, and nothing more goes.
    for (let last = -1, still = 0; still < 300;) {
      await turn()
      still = told === last && told > 0 ? still + 1 : 0
      last = told
    }
    expect(told).toBeLessThan(size / 2)
    controller.abort()
    expect(await rejection(call)).toMatchObject({ code: 'aborted' })
  })

  test('both directions keep to a rate', async () => {
    const clock = fakeClock()
    await using set = await counting(protocol, { clock, timeout: false })
    const rateBytesPerSecond = { up: 400_000, down: 400_000 }
    /** Lets time pass in steps of an eighth of a second until the work is done: how many it takes. */
    const steps = async (work: Promise<unknown>): Promise<number> => {
      let done = false
      void work.then(() => (done = true))
      for (let count = 0; ; count += 1) {
        for (let at = 0; at < 50 && !done; at += 1) await turn()
        if (done) return count
        await clock.advance(125)
      }
    }
    // An eighth of a second's worth, 50,000 bytes, may go at once.
    expect(
      await steps(set.api.post('/', new Uint8Array(500_000), { rateBytesPerSecond }).bytes()),
    ).toBeGreaterThanOrEqual(9)
    expect(await steps(set.api.get('/500000', { rateBytesPerSecond }).bytes())).toBeGreaterThanOrEqual(9)
  })
})

test('chunking says how the length is told', async () => {
  const framing = async (config: object, body: unknown, options: object): Promise<string> => {
    await using set = await scene(async (request, response) => {
      await bodyOf(request)
      response.end(`${request.headers['content-length'] ?? '-'} ${request.headers['transfer-encoding'] ?? '-'}`)
    }, config)
    return await set.api.post('/', body, options).text()
  }
  expect(await framing({}, 'abc', {})).toBe('3 -')
  expect(await framing({}, chunks, {})).toBe('- chunked')
  expect(await framing({}, 'abc', { chunking: 'always' })).toBe('- chunked')
  expect(await framing({}, chunks, { chunking: 'never' })).toBe('166665 -')
  expect(await framing({ chunking: 'never' }, chunks, {})).toBe('166665 -')
  expect(await framing({ chunking: 'always' }, 'abc', {})).toBe('- chunked')
  expect(await framing({ chunking: 'never' }, chunks, { chunking: 'auto' })).toBe('- chunked')
})

test('a body that is read into memory first keeps to the total time', async () => {
  let stopped = false
  const source = {
    async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
      try {
        yield new Uint8Array(1)
        await new Promise(() => undefined)
      } finally {
        stopped = true
      }
    },
    destroy: () => (stopped = true),
  }
  await using set = await scene((_request, response) => void response.end())
  const call = set.api.post('/', source, { chunking: 'never', timeout: 200 })
  expect(await rejection(call)).toMatchObject({ code: 'timeout', phase: 'total' })
  expect(stopped).toBe(true)
  expect(set.server.requests).toBe(0)
})

test('wrong options are refused before anything is sent', async () => {
  await using api = createClient('http://127.0.0.1:9')
  for (const options of [
    { onUploadProgress: 5 },
    { onDownloadProgress: 'x' },
    { rateBytesPerSecond: 5 },
    { rateBytesPerSecond: { up: 0 } },
    { rateBytesPerSecond: { sideways: 1 } },
    { chunking: 'sometimes' },
    { compression: { accept: ['lzma'] } },
    { compression: { request: 'deflate' } },
    { compression: { maxRatio: 0 } },
  ]) {
    expect(await rejection(api.post('/', 'x', options as object))).toBeInstanceOf(ConfigError)
  }
})
