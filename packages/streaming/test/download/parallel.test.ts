import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { systemClock } from '@halyard/core'
import { leakCheck } from '@halyard/testing'
import { expect, test } from 'vitest'
import { download, type SavedFile, type SaveOptions } from '../../src/download/index.ts'
import { answerFile, someBytes, type ServedFile } from './kit/file-answers.ts'
import { makeFolder, type Folder } from './kit/folder.ts'
import { scripted, thenFails, type ScriptedSource } from './kit/scripted-source.ts'

const piece = 8 * 1_048_576
const bytes = someBytes(3 * piece + 1_000)
const file: ServedFile = { bytes, etag: '"a"' }
const sha256 = createHash('sha256').update(bytes).digest()

function save(source: ScriptedSource, folder: Folder, options: SaveOptions = {}): Promise<SavedFile> {
  return download(source, folder.at('file'), { parallel: 3, ...options }, systemClock)
}

function serving(served: (index: number) => ServedFile): ScriptedSource {
  return scripted((headers, index) => ({ ...answerFile(served(index), headers), chunkBytes: 65_536 }))
}

function expectFile(folder: Folder, content: Uint8Array): void {
  expect(readFileSync(folder.at('file')).equals(content)).toBe(true)
  expect([folder.names(), folder.openFiles()]).toEqual([['file'], []])
}

const firstOf = (headers: Readonly<Record<string, string>>): number =>
  Number(/=(\d+)-/.exec(headers['range'] ?? '')?.[1])

test.each([1, 2, 3, 4, 9])('%d ranges at a time make the same file', async (parallel) => {
  await using leaks = leakCheck()
  using folder = makeFolder()
  const source = serving(() => file)
  const totals = new Set<number | undefined>()
  let last = 0
  const onProgress: SaveOptions['onProgress'] = ({ totalBytes, transferredBytes }) => {
    totals.add(totalBytes)
    expect(transferredBytes).toBeGreaterThanOrEqual(last)
    last = transferredBytes
  }
  const digest = { algorithm: 'sha-256', value: sha256.toString('base64') }
  const saved = await save(source, folder, { parallel, onProgress, digest })
  expect(saved).toMatchObject({ bytes: bytes.byteLength, resumed: false })
  expect([last, [...totals], source.openBodies]).toEqual([bytes.byteLength, [bytes.byteLength], 0])
  if (parallel > 1) {
    expect(source.requests.map(({ range }) => range)).toEqual([
      `bytes=0-${piece - 1}`,
      `bytes=${piece}-${2 * piece - 1}`,
      `bytes=${2 * piece}-${3 * piece - 1}`,
      `bytes=${3 * piece}-${3 * piece + 999}`,
    ])
    expect(source.requests.map((request) => request['if-range'])).toEqual([undefined, '"a"', '"a"', '"a"'])
  }
  expectFile(folder, bytes)
  await leaks.check()
})

test('one stream, of a server without ranges, and without a strong validator', async () => {
  using folder = makeFolder()
  const without = serving(() => ({ ...file, ranges: false }))
  expect(await save(without, folder)).toMatchObject({ bytes: bytes.byteLength })
  expect(without.requests).toHaveLength(1)
  expectFile(folder, bytes)
  for (const etag of ['W/"a"', undefined]) {
    const source = serving(() => ({ bytes, etag }))
    await save(source, folder)
    expect(source.requests.map(({ range }) => range)).toEqual([`bytes=0-${piece - 1}`, undefined])
    expect(source.openBodies).toBe(0)
    expectFile(folder, bytes)
  }
})

test('a small file is there with the first range, be it without a validator', async () => {
  using folder = makeFolder()
  const small = someBytes(5_000)
  const source = serving(() => ({ bytes: small }))
  await save(source, folder)
  expect(source.requests).toHaveLength(1)
  expectFile(folder, small)
})

test.each([{}, { resume: true }])('a file that changes on the way is fetched anew, whole: %j', async (options) => {
  using folder = makeFolder()
  const changed = someBytes(3 * piece, 2)
  const attempts = new Set<number>()
  const source = serving((index) => (index < 2 ? file : { bytes: changed, etag: '"b"' }))
  const onProgress: SaveOptions['onProgress'] = ({ attempt }) => attempts.add(attempt)
  expect(await save(source, folder, { ...options, onProgress })).toMatchObject({
    bytes: changed.byteLength,
    resumed: false,
  })
  expect([...attempts]).toEqual([0, 1])
  expect([source.requests.at(-1)?.['range'], source.openBodies]).toEqual([undefined, 0])
  expectFile(folder, changed)
})

test('a range that fails stops the others, and nothing is left', async () => {
  await using leaks = leakCheck()
  using folder = makeFolder()
  const endless = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc(10)
    await new Promise(() => undefined)
  }
  const source = scripted((headers, index) => {
    const answer = answerFile(file, headers)
    if (index === 0) return { ...answer, chunkBytes: 65_536 }
    return { ...answer, body: index === 1 ? endless() : thenFails(answer.body.subarray(0, 100), new Error('cut')) }
  })
  await expect(save(source, folder)).rejects.toThrow('cut')
  expect([folder.names(), folder.openFiles(), source.openBodies]).toEqual([[], [], 0])
  await leaks.check()
})

test('also those that were only asked for; what comes later is let go', async () => {
  using folder = makeFolder()
  const late = Promise.withResolvers<void>()
  const source = scripted(async (headers, index) => {
    const answer = answerFile(file, headers)
    if (index === 1) await late.promise
    return index === 2 ? { status: 500 } : { ...answer, chunkBytes: 65_536 }
  })
  await expect(save(source, folder)).rejects.toThrow('status 500')
  late.resolve()
  await new Promise((resolve) => void setImmediate(resolve))
  expect([folder.names(), source.openBodies]).toEqual([[], 0])
})

test('pieces that are done are remembered, by one stream as well', async () => {
  using folder = makeFolder()
  const broken = (): ScriptedSource =>
    scripted((headers) => {
      const answer = answerFile(file, headers)
      const isSecond = firstOf(headers) === piece
      return { ...answer, body: isSecond ? late(answer.body) : answer.body, chunkBytes: 65_536 }
    })
  await expect(save(broken(), folder, { resume: true })).rejects.toThrow('cut')
  expect(folder.names()).toEqual(['file.part', 'file.part.json'])
  const source = serving(() => file)
  const steps: number[] = []
  const onProgress: SaveOptions['onProgress'] = ({ transferredBytes }) => steps.push(transferredBytes)
  expect(await save(source, folder, { resume: true, onProgress })).toMatchObject({ resumed: true })
  expect(steps[0]).toBe(bytes.byteLength - piece + 50_000)
  expect(source.requests.map(({ range }) => range)).toEqual([`bytes=${piece + 50_000}-${2 * piece - 1}`])
  expectFile(folder, bytes)

  await expect(save(broken(), folder, { resume: true })).rejects.toThrow('cut')
  const single = serving(() => file)
  expect(await save(single, folder, { resume: true, parallel: 1 })).toMatchObject({ resumed: true })
  // A file that is written in order has nothing behind a gap.
  expect(single.requests.map(({ range }) => range)).toEqual([`bytes=${piece + 50_000}-`])
  expectFile(folder, bytes)

  /** Fails when the others are through. */
  async function* late(body: Uint8Array): AsyncGenerator<Uint8Array> {
    yield body.subarray(0, 50_000)
    await until(() => pieces(folder) >= 3)
    throw new Error('cut')
  }
})

test('what one stream has left, several go on with', async () => {
  using folder = makeFolder()
  const source = scripted((headers) => ({
    ...answerFile(file, headers),
    body: thenFails(bytes.subarray(0, 100_000), new Error('cut')),
  }))
  await expect(save(source, folder, { resume: true, parallel: 1 })).rejects.toThrow('cut')
  const several = serving(() => file)
  expect(await save(several, folder, { resume: true })).toMatchObject({ resumed: true })
  expect(several.requests[0]?.['range']).toBe(`bytes=100000-${100_000 + piece - 1}`)
  expectFile(folder, bytes)
})

test('a server that gives crumbs is asked for the whole', async () => {
  using folder = makeFolder()
  const source = scripted((headers) => {
    const range = headers['range']
    const crumb =
      range === undefined ? headers : { ...headers, range: `bytes=${firstOf(headers)}-${firstOf(headers) + 9}` }
    return { ...answerFile(file, crumb), chunkBytes: 65_536 }
  })
  await save(source, folder)
  expect(source.requests.length).toBeLessThan(6)
  expectFile(folder, bytes)
})

test('each range has its own content-digest', async () => {
  using folder = makeFolder()
  const source = (wrongAt: number): ScriptedSource =>
    scripted((headers, index) => {
      const answer = answerFile(file, headers)
      const hashed = index === wrongAt ? bytes : answer.body
      const digest = `sha-256=:${createHash('sha256').update(hashed).digest('base64')}:`
      const fields = { 'content-digest': digest, 'repr-digest': `sha-256=:${sha256.toString('base64')}:` }
      return { ...answer, headers: { ...answer.headers, ...fields }, chunkBytes: 65_536 }
    })
  expect((await save(source(-1), folder)).digest).toEqual({ algorithm: 'sha-256', value: sha256.toString('hex') })
  expectFile(folder, bytes)
  await expect(save(source(2), folder, { resume: true })).rejects.toMatchObject({ code: 'decode' })
  expectFile(folder, bytes)
})

/** Stretches in the sidecar; 0 without one. */
function pieces(folder: Folder): number {
  try {
    const text = readFileSync(folder.at('file.part.json'), 'utf8')
    // The first, and that of the third and the fourth, which touch.
    const done = /"done":(.*)\}/.exec(text)?.[1] ?? ''
    return done.includes(`[0,${piece}]`) && done.includes(`[${2 * piece},${bytes.byteLength}]`) ? 3 : 0
  } catch {
    return 0
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => void setImmediate(resolve))
}
