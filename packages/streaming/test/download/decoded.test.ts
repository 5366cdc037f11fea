import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { httpRequest, newCall, noHeaders, respond, systemClock, type HttpResponse } from '@halyard/core'
import { fakeRuntime } from '@halyard/testing'
import { expect, test } from 'vitest'
import { decodeContent } from '../../src/decode/index.ts'
import { download } from '../../src/download/index.ts'
import { someBytes } from './kit/file-answers.ts'
import { makeFolder } from './kit/folder.ts'

const bytes = Buffer.from(someBytes(100_000).toString('hex'))
const encoded = gzipSync(bytes)
const digestOf = (content: Uint8Array): Buffer => createHash('sha256').update(content).digest()

async function gzipped(digest: Uint8Array): Promise<HttpResponse> {
  await using runtime = fakeRuntime()
  const fields = {
    'content-encoding': 'gzip',
    etag: '"a"',
    'repr-digest': `sha-256=:${Buffer.from(digest).toString('base64')}:`,
  }
  const handler = decodeContent().wrap(
    () => Promise.resolve(respond({ headers: fields, body: encoded, url: 'http://server/file' })),
    runtime,
  )
  const request = { method: 'GET', origin: 'http://server', path: '/file', headers: noHeaders, body: undefined }
  return await handler(httpRequest(request), newCall())
}

const sourceOf = (digest: Uint8Array): Parameters<typeof download>[0] => ({
  target: 'GET http://server/file',
  open: () => gzipped(digest),
  check: () => Promise.resolve(),
})

test('of a decoded answer, the decoded bytes are saved; the digest of the server is of the encoded ones', async () => {
  using folder = makeFolder()
  for (const options of [{}, { resume: true }, { parallel: 2 }]) {
    const steps: number[] = []
    const saved = await download(
      sourceOf(digestOf(encoded)),
      folder.at('file'),
      {
        ...options,
        digest: { algorithm: 'sha-256', value: digestOf(bytes).toString('hex') },
        onProgress: ({ transferredBytes }) => steps.push(transferredBytes),
      },
      systemClock,
    )
    expect(saved).toMatchObject({ bytes: bytes.byteLength, digest: { value: digestOf(bytes).toString('hex') } })
    expect(readFileSync(folder.at('file')).equals(bytes)).toBe(true)
    expect(steps.at(-1)).toBe(encoded.byteLength)
  }
})

test('a wrong one is found', async () => {
  using folder = makeFolder()
  const failing = download(sourceOf(digestOf(bytes)), folder.at('file'), {}, systemClock)
  await expect(failing).rejects.toMatchObject({ code: 'decode', message: expect.stringContaining('repr-digest') })
  expect(folder.names()).toEqual([])
})
