import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FileWriter } from '../../src/reading/file-writer.ts'

const mebibyte = 1_048_576
let folder = ''
let place = ''
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'writer-'))
  place = path.join(folder, 'file')
})
afterAll(() => rmSync(folder, { recursive: true }))

async function writing<T>(use: (writer: FileWriter, file: FileHandle) => Promise<T>, to = place): Promise<T> {
  const file = await open(to, 'w')
  try {
    return await use(new FileWriter(file), file)
  } finally {
    await file.close()
  }
}

async function addAll(writer: FileWriter, chunks: Iterable<Uint8Array>, copies = false): Promise<number> {
  for (const chunk of chunks) {
    const given = copies ? Uint8Array.from(chunk) : chunk
    const room = writer.add(given, copies)
    if (copies) given.fill(0)
    await room
  }
  return await writer.end()
}

/** Chunks that are told apart by their bytes. */
function chunksOf(sizes: readonly number[]): Buffer[] {
  return sizes.map((size, index) => Buffer.alloc(size, `${index};`))
}

const sizes = fc.array(
  fc.oneof(fc.integer({ min: 0, max: 300_000 }), fc.constantFrom(0, 1, mebibyte, 2 * mebibyte + 1)),
  { maxLength: 12 },
)

/** A file that takes at most so many bytes of what it is given. */
function takesLittle(file: FileHandle, most: number): void {
  const take = file.write.bind(file)
  const writev = async (buffers: readonly NodeJS.ArrayBufferView[]): Promise<unknown> => {
    const whole = Buffer.concat(buffers.map((one) => Buffer.from(one.buffer, one.byteOffset, one.byteLength)))
    return await take(whole.subarray(0, most))
  }
  Object.assign(file, { writev })
}

test(
  'chunks of all sizes in their order, also where the system takes a part of each batch',
  { timeout: 60_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        sizes,
        fc.constantFrom(undefined, 77_777, mebibyte),
        fc.boolean(),
        async (list, most, copies) => {
          const chunks = chunksOf(list)
          const whole = Buffer.concat(chunks)
          const bytes = await writing((writer, file) => {
            if (most !== undefined) takesLittle(file, most)
            return addAll(writer, chunks, copies)
          })
          expect(bytes).toBe(whole.byteLength)
          expect(readFileSync(place).equals(whole)).toBe(true)
        },
      ),
      { numRuns: 50 },
    )
  },
)

test('memory of copies is used again, but not before it is written; copies and others in one file', async () => {
  const chunks = chunksOf(Array.from({ length: 400 }, (_, index) => 50_000 + index))
  await writing(async (writer, file) => {
    const write = file.writev.bind(file)
    const memories = new Set<ArrayBufferLike>()
    const writev = async (buffers: readonly NodeJS.ArrayBufferView[]): Promise<unknown> => {
      for (const { buffer, byteLength } of buffers) if (byteLength > 60_000) memories.add(buffer)
      for (let turns = 0; turns < 5; turns += 1) await new Promise((resolve) => setImmediate(resolve))
      return await write(buffers)
    }
    Object.assign(file, { writev })
    for (const [index, chunk] of chunks.entries()) {
      const isCopied = index % 7 !== 0
      const given = isCopied ? Uint8Array.from(chunk) : chunk
      const room = writer.add(given, isCopied)
      if (isCopied) given.fill(0)
      await room
    }
    await writer.end()
    expect(memories.size).toBeGreaterThan(0)
    expect(memories.size).toBeLessThan(80)
  })
  expect(readFileSync(place).equals(Buffer.concat(chunks))).toBe(true)
})

test('a hundred thousand chunks of one byte', async () => {
  const chunks = Array.from({ length: 100_000 }, (_, index) => Uint8Array.of(index))
  expect(await writing((writer) => addAll(writer, chunks))).toBe(100_000)
  expect(readFileSync(place).equals(Buffer.concat(chunks))).toBe(true)
})

test('gathers while it writes, and has whoever brings more wait at two megabytes', async () => {
  const release = Promise.withResolvers<void>()
  await writing(async (writer, file) => {
    const write = file.writev.bind(file)
    const asked: number[] = []
    const writev = async (buffers: readonly NodeJS.ArrayBufferView[]): Promise<unknown> => {
      asked.push(buffers.reduce((sum, one) => sum + one.byteLength, 0))
      await release.promise
      return await write(buffers)
    }
    Object.assign(file, { writev })
    const half = new Uint8Array(mebibyte / 2)
    const waits = Array.from({ length: 6 }, () => writer.add(half))
    expect(asked).toEqual([mebibyte])
    expect(waits.map((wait) => wait !== undefined)).toEqual([false, false, false, false, false, true])
    release.resolve()
    await waits[5]
    expect(asked).toEqual([mebibyte, 2 * mebibyte])
    expect(await writer.end()).toBe(3 * mebibyte)
  })
})

test.runIf(process.platform === 'linux')('a disk that is full is told to who adds, and to who ends', async () => {
  await writing(async (writer) => {
    const chunk = new Uint8Array(mebibyte)
    let failure: unknown
    for (let count = 0; count < 10 && failure === undefined; count += 1) {
      failure = await Promise.resolve(writer.add(chunk)).catch((error: unknown) => error)
    }
    expect(failure).toMatchObject({
      code: 'file',
      cause: { code: 'ENOSPC' },
      message: expect.stringContaining('ENOSPC'),
    })
    await expect(writer.end()).rejects.toBe(failure)
  }, '/dev/full')
  await writing(async (writer) => {
    expect(writer.add(new Uint8Array(1))).toBeUndefined()
    await expect(writer.end()).rejects.toMatchObject({ code: 'file' })
  }, '/dev/full')
})

test('a file that takes nothing is an error, and does not hang', async () => {
  await writing(async (writer, file) => {
    Object.assign(file, { writev: () => Promise.resolve({ bytesWritten: 0 }) })
    await expect(addAll(writer, [new Uint8Array(5)])).rejects.toMatchObject({ code: 'file' })
  })
})
