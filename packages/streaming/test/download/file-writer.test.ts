import { open } from 'node:fs/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FileWriter, type WritableFile } from '../../src/download/file-writer.ts'
import { someBytes } from './kit/file-answers.ts'

const mebibyte = 1_048_576

interface Write {
  readonly buffers: readonly Uint8Array[]
  readonly position: number
  finish(bytes?: number): Promise<void>
  fail(error: Error): Promise<void>
}

/** A file whose writes end when a test says so. */
class HeldFile implements WritableFile {
  readonly writes: Write[] = []
  bytes = Buffer.alloc(0)

  writev(buffers: readonly Uint8Array[], position: number): Promise<{ bytesWritten: number }> {
    return new Promise((resolve, reject) => {
      const all = Buffer.concat(buffers)
      this.writes.push({
        buffers,
        position,
        finish: async (bytes = all.byteLength) => {
          const size = Math.max(this.bytes.byteLength, position + bytes)
          const grown = Buffer.alloc(size)
          this.bytes.copy(grown)
          all.copy(grown, position, 0, bytes)
          this.bytes = grown
          resolve({ bytesWritten: bytes })
          await settled()
        },
        fail: async (error) => {
          reject(error)
          await settled()
        },
      })
    })
  }
}

/** Everything that can run has run. */
function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}

function held(inOrder: boolean, position = 0): { file: HeldFile; writer: FileWriter; failures: unknown[] } {
  const file = new HeldFile()
  const failures: unknown[] = []
  const writer = new FileWriter({ file, position, inOrder, onFailure: (cause) => failures.push(cause) })
  return { file, writer, failures }
}

test('chunks are gathered, in batches of a quarter of a MiB to one', async () => {
  const { file, writer } = held(true)
  for (let count = 0; count < 3; count += 1) expect(writer.push(someBytes(65_536))).toBeUndefined()
  expect(file.writes).toEqual([])
  void writer.push(someBytes(65_536))
  expect(file.writes.map(({ buffers }) => buffers.length)).toEqual([4])
  for (let count = 0; count < 24; count += 1) void writer.push(someBytes(65_536))
  expect(file.writes).toHaveLength(1)
  await file.writes[0]?.finish()
  expect(file.writes.map(({ buffers, position }) => [buffers.length, position])).toEqual([
    [4, 0],
    [16, 262_144],
  ])
})

test.each([
  { inOrder: true, writes: 1 },
  { inOrder: false, writes: 2 },
])('in order: $inOrder means $writes in flight', ({ inOrder, writes }) => {
  const { file, writer } = held(inOrder)
  for (let count = 0; count < 7; count += 1) void writer.push(Buffer.alloc(mebibyte))
  expect(file.writes).toHaveLength(writes)
})

test('at 2 MiB the next chunk is waited for, until half of that is written', async () => {
  const { file, writer } = held(true)
  const quarter = mebibyte / 4
  for (let count = 0; count < 7; count += 1) expect(writer.push(Buffer.alloc(quarter))).toBeUndefined()
  let hasRoom = false
  const room = writer.push(Buffer.alloc(quarter))?.then(() => (hasRoom = true))
  expect(room).toBeDefined()
  await file.writes[0]?.finish()
  expect(hasRoom).toBe(false)
  await file.writes[1]?.finish()
  await room
  expect(hasRoom).toBe(true)
})

test('a write that takes a part is gone on with', async () => {
  const { file, writer } = held(true, 100)
  const bytes = someBytes(30_000)
  void writer.push(bytes.subarray(0, 10_000))
  void writer.push(bytes.subarray(10_000))
  let isDone = false
  const drained = writer.drain().then(() => (isDone = true))
  await file.writes[0]?.finish(1)
  await file.writes[1]?.finish(9_999)
  await file.writes[2]?.finish(15_000)
  expect(isDone).toBe(false)
  await file.writes[3]?.finish()
  await drained
  expect(file.writes.map(({ position }) => position)).toEqual([100, 101, 10_100, 25_100])
  expect(file.bytes.subarray(100).equals(bytes)).toBe(true)
})

test('a write of nothing is a failure, not a loop', async () => {
  const { file, writer, failures } = held(true)
  void writer.push(Buffer.alloc(10))
  const drained = writer.drain()
  const refused = drained.catch(String)
  await file.writes[0]?.finish(0)
  expect(await refused).toContain('the file takes no more bytes')
  expect(failures).toHaveLength(1)
})

test('a failure is told once, to those who wait and those who come', async () => {
  const { file, writer, failures } = held(false)
  const error = new Error('disk')
  let room: Promise<void> | undefined
  for (let count = 0; count < 8; count += 1) room = writer.push(Buffer.alloc(mebibyte))
  const refused = room?.catch((failure: unknown) => failure)
  await file.writes[0]?.fail(error)
  expect(await refused).toBe(error)
  expect(() => writer.push(Buffer.alloc(1))).toThrow(error)
  const drained = writer.drain().catch((failure: unknown) => failure)
  // Only when nothing is written any more may the file be closed.
  await file.writes[1]?.fail(new Error('another'))
  expect(await drained).toBe(error)
  expect(failures).toEqual([error])
  expect(file.writes).toHaveLength(2)
})

test('who stops waits for what is being written, and for no more', async () => {
  const { file, writer } = held(true)
  for (let count = 0; count < 4; count += 1) void writer.push(Buffer.alloc(mebibyte))
  let hasStopped = false
  const stopped = writer.stop().then(() => (hasStopped = true))
  await settled()
  expect(hasStopped).toBe(false)
  await file.writes[0]?.finish()
  await stopped
  expect(file.writes).toHaveLength(1)
  expect(() => writer.push(Buffer.alloc(1))).toThrow('nothing more')
})

test('a million chunks of one byte are few pieces', () => {
  const { file, writer } = held(true)
  const chunk = Buffer.from('x')
  for (let count = 0; count < 1_000_000; count += 1) void writer.push(chunk)
  expect(file.writes[0]?.buffers).toHaveLength(4)
})

test('any chunks make the same file', async () => {
  const sizes = fc.array(
    fc.oneof(
      fc.integer({ min: 0, max: 50 }),
      fc.integer({ min: 8_000, max: 9_000 }),
      fc.integer({ min: 60_000, max: 600_000 }),
    ),
    { maxLength: 12 },
  )
  await fc.assert(
    fc.asyncProperty(sizes, fc.boolean(), fc.nat(1_000), async (lengths, inOrder, position) => {
      const file = new HeldFile()
      const direct: WritableFile = {
        writev: (buffers, at) => {
          const written = file.writev(buffers, at)
          void file.writes.at(-1)?.finish(Math.ceil(Buffer.concat(buffers).byteLength * 0.7))
          return written
        },
      }
      const writer = new FileWriter({ file: direct, position, inOrder, onFailure: () => undefined })
      const chunks = lengths.map((length, index) => Buffer.alloc(length, `chunk ${index} `))
      for (const chunk of chunks) await writer.push(chunk)
      await writer.drain()
      expect(writer.position).toBe(position + Buffer.concat(chunks).byteLength)
      expect(file.bytes.subarray(position).equals(Buffer.concat(chunks))).toBe(true)
    }),
    { numRuns: 20 },
  )
})

test.skipIf(process.platform !== 'linux')('a disk that is full says so', async () => {
  const handle = await open('/dev/full', 'w')
  const failures: unknown[] = []
  const writer = new FileWriter({
    file: handle,
    position: 0,
    inOrder: true,
    onFailure: (cause) => failures.push(cause),
  })
  void writer.push(Buffer.alloc(mebibyte))
  await expect(writer.drain()).rejects.toMatchObject({ code: 'ENOSPC' })
  expect(failures).toHaveLength(1)
  await handle.close()
})
