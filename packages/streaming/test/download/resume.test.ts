import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { systemClock } from '@halyard/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { download, type SavedFile, type SaveOptions } from '../../src/download/index.ts'
import { aDate, aDayLater, answerFile, someBytes, type ServedFile } from './kit/file-answers.ts'
import { makeFolder, type Folder } from './kit/folder.ts'
import { scripted, thenFails, type Answering, type ScriptedSource } from './kit/scripted-source.ts'

const bytes = someBytes(200_000)
const other = someBytes(210_000, 2)
const file: ServedFile = { bytes, etag: '"a"' }

function save(source: ScriptedSource, folder: Folder, options: SaveOptions = {}): Promise<SavedFile> {
  return download(source, folder.at('file'), { resume: true, ...options }, systemClock)
}

/** What comes is cut off after so many bytes. */
function cutAfter(count: number, served: ServedFile = file): ScriptedSource {
  return scripted((headers) => {
    const answer = answerFile(served, headers)
    return { ...answer, body: thenFails(answer.body.subarray(0, count), new Error('cut')) }
  })
}

const whole =
  (served: ServedFile): Answering =>
  (headers) =>
    answerFile(served, headers)

async function leavePart(folder: Folder, count = 80_000, served = file): Promise<void> {
  await expect(save(cutAfter(count, served), folder)).rejects.toThrow('cut')
}

function expectFile(folder: Folder, content: Uint8Array): void {
  expect(readFileSync(folder.at('file')).equals(content)).toBe(true)
  expect([folder.names(), folder.openFiles()]).toEqual([['file'], []])
}

describe('a download that was cut off', () => {
  test('leaves a part and its sidecar, and goes on with them', async () => {
    using folder = makeFolder()
    await leavePart(folder)
    expect(folder.names()).toEqual(['file.part', 'file.part.json'])
    expect(readFileSync(folder.at('file.part')).equals(bytes.subarray(0, 80_000))).toBe(true)
    const source = scripted(whole(file))
    const steps: number[] = []
    const saved = await save(source, folder, { onProgress: ({ transferredBytes }) => steps.push(transferredBytes) })
    expect(saved).toEqual({ path: folder.at('file'), bytes: 200_000, resumed: true, digest: undefined })
    expect(source.requests).toEqual([{ range: 'bytes=80000-', 'if-range': '"a"', 'accept-encoding': 'identity' }])
    expect([steps[0], steps.at(-1)]).toEqual([80_000, 200_000])
    expectFile(folder, bytes)
  })

  test('again and again, at any byte', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(50_000), { maxLength: 8 }), fc.boolean(), async (cuts, durable) => {
        using folder = makeFolder()
        let have = 0
        for (const count of cuts) {
          await expect(save(cutAfter(count), folder, { durable })).rejects.toThrow('cut')
          have = Math.min(have + count, 200_000)
          expect(existsSync(folder.at('file.part'))).toBe(have > 0)
        }
        const saved = await save(scripted(whole(file)), folder)
        expect(saved).toMatchObject({ bytes: 200_000, resumed: have > 0 })
        expectFile(folder, bytes)
      }),
      { numRuns: 30 },
    )
  })

  test('hashes what it has as well', async () => {
    using folder = makeFolder()
    await leavePart(folder)
    const digest = { algorithm: 'sha-256', value: createHash('sha256').update(bytes).digest('hex') }
    expect((await save(scripted(whole(file)), folder, { digest })).digest).toEqual(digest)
    await leavePart(folder)
    const wrong = { algorithm: 'sha-256', value: createHash('sha256').update(other).digest('hex') }
    await expect(save(scripted(whole(file)), folder, { digest: wrong })).rejects.toMatchObject({ code: 'decode' })
    expect(folder.names()).toEqual(['file'])
  })

  test('checks the digests of the whole and of the part', async () => {
    using folder = makeFolder()
    const of = (content: Uint8Array): string => `sha-256=:${createHash('sha256').update(content).digest('base64')}:`
    const withDigests = (repr: Uint8Array, content: Uint8Array): ScriptedSource =>
      scripted((headers) => {
        const answer = answerFile(file, headers)
        return { ...answer, headers: { ...answer.headers, 'repr-digest': of(repr), 'content-digest': of(content) } }
      })
    await leavePart(folder)
    const saved = await save(withDigests(bytes, bytes.subarray(80_000)), folder)
    expect(saved.digest?.algorithm).toBe('sha-256')
    expectFile(folder, bytes)
    for (const source of [withDigests(other, bytes.subarray(80_000)), withDigests(bytes, bytes)]) {
      await leavePart(folder)
      await expect(save(source, folder)).rejects.toMatchObject({ code: 'decode' })
      expect(folder.names()).toEqual(['file'])
    }
  })

  test('with all bytes, asks for the last again', async () => {
    using folder = makeFolder()
    await leavePart(folder, 200_000)
    const source = scripted(whole(file))
    expect(await save(source, folder)).toMatchObject({ bytes: 200_000, resumed: true })
    expect(source.requests.map(({ range }) => range)).toEqual(['bytes=199999-'])
    expectFile(folder, bytes)
  })

  test('without a length, finds its end by a 416', async () => {
    using folder = makeFolder()
    const chunked: ServedFile = file
    const withoutLength: Answering = (headers) => {
      const { headers: fields, ...answer } = answerFile(chunked, headers)
      const { 'content-length': _length, ...rest } = fields
      return { ...answer, headers: rest, body: thenFails(answer.body, new Error('cut')) }
    }
    await expect(save(scripted(withoutLength), folder)).rejects.toThrow('cut')
    const source = scripted(whole(file))
    expect(await save(source, folder)).toMatchObject({ bytes: 200_000, resumed: true })
    expect(source.requests.map(({ range }) => range)).toEqual(['bytes=200000-'])
    expectFile(folder, bytes)
  })

  test('keeps its part through a failing status', async () => {
    using folder = makeFolder()
    await leavePart(folder)
    await expect(
      save(
        scripted(() => ({ status: 503 })),
        folder,
      ),
    ).rejects.toThrow('status 503')
    await expect(
      save(
        scripted(() => Promise.reject(new Error('refused'))),
        folder,
      ),
    ).rejects.toThrow('refused')
    expect(await save(scripted(whole(file)), folder)).toMatchObject({ resumed: true })
    expectFile(folder, bytes)
  })

  test('an answer that is shorter than asked for is gone on from', async () => {
    using folder = makeFolder()
    await leavePart(folder, 10_000)
    const source = scripted((headers) => {
      const [, first = '0'] = /=(\d+)-/.exec(headers['range'] ?? '') ?? []
      const end = Math.min(Number(first) + 70_000, 200_000) - 1
      return answerFile(file, { ...headers, range: `bytes=${first}-${end}` })
    })
    expect(await save(source, folder)).toMatchObject({ bytes: 200_000, resumed: true })
    expect(source.requests.map(({ range }) => range)).toEqual([
      'bytes=10000-',
      'bytes=80000-199999',
      'bytes=150000-199999',
    ])
    expectFile(folder, bytes)
  })
})

describe('everything is fetched anew', () => {
  const strong = { bytes, lastModified: aDate, date: aDayLater }
  const changes: [string, ServedFile, ServedFile][] = [
    ['for another tag', file, { bytes: other, etag: '"b"' }],
    ['for another date', strong, { bytes: other, lastModified: aDayLater, date: 'Fri, 06 Mar 2026 10:00:00 GMT' }],
    ['without ranges', file, { ...file, ranges: false }],
    ['without a tag any more', file, { bytes: other }],
  ]
  test.each(changes)('%s', async (_name, before, after) => {
    using folder = makeFolder()
    await leavePart(folder, 80_000, before)
    const attempts: number[] = []
    const source = scripted(whole(after))
    const saved = await save(source, folder, { onProgress: ({ attempt }) => attempts.push(attempt) })
    expect(saved).toMatchObject({ bytes: after.bytes.byteLength, resumed: false })
    expect(new Set(attempts)).toEqual(new Set([0]))
    expect(source.requests).toHaveLength(1)
    expectFile(folder, after.bytes)
  })

  const untrustworthy: [string, ServedFile][] = [
    ['a weak tag', { bytes, etag: 'W/"a"' }],
    ['no validator', { bytes }],
    ['a date that is too fresh', { bytes, lastModified: aDate, date: aDate }],
    ['a weak tag beside a date', { bytes, etag: 'W/"a"', lastModified: aDate }],
  ]
  test.each(untrustworthy)('of a file with %s there is no part', async (_name, served) => {
    using folder = makeFolder()
    await expect(save(cutAfter(80_000, served), folder)).rejects.toThrow('cut')
    expect(folder.names()).toEqual([])
  })

  test('a strong date is as good as a tag', async () => {
    using folder = makeFolder()
    await leavePart(folder, 80_000, strong)
    const source = scripted(whole(strong))
    expect(await save(source, folder)).toMatchObject({ resumed: true })
    expect(source.requests[0]).toMatchObject({ 'if-range': aDate })
    expectFile(folder, bytes)
  })

  const answers: [string, Record<string, string>, number?][] = [
    ['another start', { 'content-range': 'bytes 79999-199999/200000' }],
    ['another total', { 'content-range': 'bytes 80000-199999/200001' }],
    ['no content-range', { 'content-range': '' }],
    ['a malformed content-range', { 'content-range': 'bytes 80000-/200000' }],
    ['another unit', { 'content-range': 'rows 80000-199999/200000' }],
    ['a last byte beyond the total', { 'content-range': 'bytes 80000-200000/200000' }],
    ['another tag', { etag: '"b"' }],
    ['a weak tag', { etag: 'W/"a"' }],
    ['no tag', { etag: '' }],
    ['a coding', { 'content-encoding': 'gzip' }],
    ['a 416', { 'content-range': 'bytes */200000' }, 416],
    ['a 416 without a range', {}, 416],
  ]
  test.each(answers)('when a part has %s, by one request more', async (_name, fields, status = 206) => {
    using folder = makeFolder()
    await leavePart(folder)
    const source = scripted((headers, index) => {
      if (index > 0) return answerFile({ bytes: other, etag: '"b"' }, headers)
      const right = answerFile(file, headers)
      const merged = Object.entries({ ...right.headers, ...fields }).filter(([, value]) => value !== '')
      return { status, headers: Object.fromEntries(merged), body: right.body }
    })
    expect(await save(source, folder)).toMatchObject({ bytes: 210_000, resumed: false })
    expect(source.requests).toEqual([
      expect.objectContaining({ range: 'bytes=80000-' }),
      { 'accept-encoding': 'identity' },
    ])
    expect(source.openBodies).toBe(0)
    expectFile(folder, other)
  })

  test('but no more than once: a 416 to the whole is a failure', async () => {
    using folder = makeFolder()
    await leavePart(folder)
    const source = scripted(() => ({ status: 416 }))
    await expect(save(source, folder)).rejects.toThrow('status 416')
    expect(source.requests).toHaveLength(2)
  })

  test('a part with more or fewer bytes than it says is an error, and is kept as far as it goes', async () => {
    using folder = makeFolder()
    await leavePart(folder)
    for (const change of [-1, 1]) {
      const source = scripted((headers) => {
        const answer = answerFile(file, headers)
        return {
          ...answer,
          body: change < 0 ? answer.body.subarray(0, -1) : Buffer.concat([answer.body, Buffer.from('x')]),
        }
      })
      await expect(save(source, folder)).rejects.toMatchObject({ code: 'decode' })
    }
    expect(await save(scripted(whole(file)), folder)).toMatchObject({ resumed: true })
    expectFile(folder, bytes)
  })

  test('of a coded answer nothing is kept', async () => {
    using folder = makeFolder()
    const source = scripted(() => ({
      headers: { etag: '"a"', 'content-encoding': 'br' },
      body: thenFails(bytes, new Error('cut')),
    }))
    await expect(save(source, folder)).rejects.toThrow('cut')
    expect(folder.names()).toEqual([])
  })
})

describe('what is on disk is not trusted', () => {
  const spoilt: [string, (folder: Folder) => void, boolean][] = [
    ['no sidecar', (folder) => writeFileSync(folder.at('file.part.json'), ''), false],
    ['half a sidecar', (folder) => truncateSync(folder.at('file.part.json'), 20), false],
    ['a sidecar that is not ours', (folder) => writeFileSync(folder.at('file.part.json'), '{"version":1}'), false],
    ['an endless sidecar', (folder) => writeFileSync(folder.at('file.part.json'), ' '.repeat(100_000)), false],
    ['no part', (folder) => truncateSync(folder.at('file.part'), 0), false],
    ['a part that is longer than the file', (folder) => writeFileSync(folder.at('file.part'), other), false],
    ['a part that was cut', (folder) => truncateSync(folder.at('file.part'), 10), true],
    ['a sidecar that was being written', (folder) => writeFileSync(folder.at('file.part.json.new'), '{'), true],
  ]
  test.each(spoilt)('%s', async (_name, spoil, resumed) => {
    using folder = makeFolder()
    await leavePart(folder)
    spoil(folder)
    expect(await save(scripted(whole(file)), folder)).toMatchObject({ bytes: 200_000, resumed })
    expectFile(folder, bytes)
  })

  test('with durable, only what was synced', async () => {
    using folder = makeFolder()
    await expect(save(cutAfter(80_000), folder, { durable: true })).rejects.toThrow('cut')
    // As a power failure may leave it: longer than what was synced, with anything in it.
    writeFileSync(folder.at('file.part'), Buffer.concat([bytes.subarray(0, 80_000), Buffer.alloc(50_000)]))
    const source = scripted(whole(file))
    expect(await save(source, folder, { durable: true })).toMatchObject({ resumed: true })
    expect(source.requests[0]).toMatchObject({ range: 'bytes=80000-' })
    expectFile(folder, bytes)
  })

  test('a link in the place of the part is not followed', async () => {
    using folder = makeFolder()
    writeFileSync(folder.at('precious'), 'precious')
    symlinkSync(folder.at('precious'), folder.at('file.part'))
    const source = scripted(whole(file))
    await expect(save(source, folder)).rejects.toMatchObject({ code: 'file', cause: { code: 'ELOOP' } })
    expect([readFileSync(folder.at('precious'), 'utf8'), source.requests]).toEqual(['precious', []])
  })

  test('a folder in the place of the part or of the sidecar', async () => {
    using folder = makeFolder()
    mkdirSync(folder.at('file.part'))
    await expect(save(scripted(whole(file)), folder)).rejects.toMatchObject({ code: 'file' })
    expect([folder.names(), folder.openFiles()]).toEqual([['file.part'], []])
    mkdirSync(folder.at('file2.part.json'))
    const failing = download(scripted(whole(file)), folder.at('file2'), { resume: true }, systemClock)
    await expect(failing).rejects.toMatchObject({ code: 'file', cause: { code: 'EISDIR' } })
    expect(folder.openFiles()).toEqual([])
  })
})
