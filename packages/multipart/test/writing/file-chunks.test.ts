import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { filePart, multipart } from '../../src/index.ts'

const chunkBytes = 524_288
let folder = ''
let place = ''
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'chunks-'))
  place = path.join(folder, 'file')
})
afterAll(() => rmSync(folder, { recursive: true }))

function content(size: number): Buffer {
  const bytes = Buffer.alloc(size)
  for (let at = 0; at + 4 <= size; at += 4) bytes.writeUInt32LE(Math.imul(at + 1, 2_654_435_761) >>> 0, at)
  return bytes
}

function chunksOf(reuse: boolean | undefined): AsyncIterator<Uint8Array> {
  const opened = filePart(place).body.open(reuse === undefined ? undefined : { reuse })
  if (opened instanceof Uint8Array) throw new Error('not a stream')
  return opened[Symbol.asyncIterator]()
}

async function copies(chunks: AsyncIterator<Uint8Array>): Promise<Buffer[]> {
  const all: Buffer[] = []
  for (let item = await chunks.next(); item.done !== true; item = await chunks.next()) all.push(Buffer.from(item.value))
  return all
}

const size = fc.oneof(
  fc.integer({ min: 0, max: 3 * chunkBytes }),
  fc.constantFrom(0, 1, chunkBytes - 1, chunkBytes, chunkBytes + 1, 2 * chunkBytes, 3 * chunkBytes + 1),
)

test('all bytes in their order, whether memory is used again or not', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(size, fc.constantFrom(undefined, false, true), async (bytes, reuse) => {
      const whole = content(bytes)
      writeFileSync(place, whole)
      expect(Buffer.concat(await copies(chunksOf(reuse))).equals(whole)).toBe(true)
    }),
    { numRuns: 60 },
  )
})

test('memory is used again for whole chunks alone, and only where that was said', async () => {
  const whole = content(5 * chunkBytes + 7)
  writeFileSync(place, whole)
  const memories = async (chunks: AsyncIterator<Uint8Array>): Promise<ArrayBufferLike[]> => {
    const all: ArrayBufferLike[] = []
    for (let item = await chunks.next(); item.done !== true; item = await chunks.next()) all.push(item.value.buffer)
    return all
  }
  const reused = await memories(chunksOf(true))
  expect(reused).toHaveLength(6)
  expect(new Set(reused.slice(0, 5)).size).toBe(2)
  expect(reused.indexOf(reused[5] ?? new ArrayBuffer())).toBe(5)
  for (const reuse of [undefined, false]) expect(new Set(await memories(chunksOf(reuse))).size).toBe(6)
  const opened = multipart({ a: filePart(place) }).open({ reuse: true })
  if (opened instanceof Uint8Array) throw new Error('not a stream')
  expect(new Set(await memories(opened[Symbol.asyncIterator]())).size).toBe(1 + 2 + 1 + 1)
})

test('the chunk before the last one is as it was until the next is asked for', async () => {
  const whole = content(4 * chunkBytes)
  writeFileSync(place, whole)
  const chunks = chunksOf(true)
  for (let at = 0; at < 4; at += 1) {
    const { value } = await chunks.next()
    // The next one is being read by now, or was.
    for (let turns = 0; turns < 20; turns += 1) await new Promise((resolve) => setImmediate(resolve))
    expect(Buffer.from(value).equals(whole.subarray(at * chunkBytes, (at + 1) * chunkBytes))).toBe(true)
  }
  expect(await chunks.next()).toEqual({ done: true, value: undefined })
})

test('several next() at once are answered in order', async () => {
  const whole = content(2 * chunkBytes + 5)
  writeFileSync(place, whole)
  const chunks = chunksOf(false)
  const items = await Promise.all([chunks.next(), chunks.next(), chunks.next(), chunks.next()])
  expect(items.map((item) => item.done ?? false)).toEqual([false, false, false, true])
  const bytes = items.flatMap((item) => (item.done === true ? [] : [item.value]))
  expect(Buffer.concat(bytes).equals(whole)).toBe(true)
})

describe('leaving', () => {
  test('before anything is read, while it is read, and afterwards', async () => {
    writeFileSync(place, content(3 * chunkBytes))
    for (const asked of [0, 1, 2]) {
      const chunks = chunksOf(true)
      for (let count = 0; count < asked; count += 1) await chunks.next()
      const waiting = chunks.next()
      await chunks.return?.()
      await chunks.return?.()
      expect((await waiting).done).toBe(true)
      expect(await chunks.next()).toEqual({ done: true, value: undefined })
    }
    const unread = chunksOf(true)
    await unread.return?.()
    expect(await unread.next()).toEqual({ done: true, value: undefined })
  })

  test('a file that is gone by then, and one that is cut meanwhile', async () => {
    writeFileSync(place, content(3 * chunkBytes))
    const cut = chunksOf(true)
    await cut.next()
    truncateSync(place, chunkBytes)
    const rest = await copies(cut)
    expect(rest.length).toBeLessThanOrEqual(1)
    const gone = chunksOf(true)
    rmSync(place)
    await expect(gone.next()).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await gone.next()).toEqual({ done: true, value: undefined })
  })
})
