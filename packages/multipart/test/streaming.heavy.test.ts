import { expect, test } from 'vitest'
import { multipart, parseParts } from '../src/index.ts'

const mebibyte = 1024 * 1024

function memory(): number {
  // It sweeps buffers while others run; the next one waits for that.
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** A gibibyte of what looks like the beginning of delimiters all along. */
async function* gibibyte(): AsyncGenerator<Uint8Array> {
  const chunk = Buffer.alloc(65_536, '\r\n--halyard-\r\n-')
  for (let count = 0; count < 16_384; count += 1) yield await Promise.resolve(chunk)
}

test('a part of 1 GiB goes through writer and reader in less than 64 MiB', async () => {
  const body = multipart({ before: 'x', large: gibibyte, after: 'y' })
  const opened = body.open()
  if (opened instanceof Uint8Array) throw new Error('not a stream')
  const before = memory()
  let most = 0
  const sizes: number[] = []
  for await (const part of parseParts(opened, body.contentType)) {
    let size = 0
    let chunks = 0
    for await (const chunk of part.stream()) {
      size += chunk.byteLength
      chunks += 1
      if (chunks % 2000 === 0) most = Math.max(most, memory() - before)
    }
    sizes.push(size)
  }
  expect(sizes).toEqual([1, 1024 * mebibyte, 1])
  expect(most).toBeGreaterThan(0)
  expect(most / mebibyte).toBeLessThan(64)
})

test('a preamble of 1 GB, where that is allowed, is skipped in little memory', async () => {
  async function* message(): AsyncGenerator<Uint8Array> {
    yield* gibibyte()
    yield Buffer.from('\r\n--b\r\n\r\nx\r\n--b--')
  }
  const before = memory()
  const parts = parseParts(message(), 'multipart/mixed; boundary=b', { maxOuterBytes: 2 ** 31 })
  const { value } = await parts.next()
  expect((memory() - before) / mebibyte).toBeLessThan(8)
  expect(await value?.text()).toBe('x')
  expect((await parts.next()).done).toBe(true)
  await expect(
    parseParts(message(), 'multipart/mixed; boundary=b', { maxOuterBytes: 1_000_000_000 }).next(),
  ).rejects.toMatchObject({ code: 'too-large', limit: 'maxOuterBytes' })
})

test('a preamble and a header that never end are stopped in little memory', async () => {
  async function* endless(start: string): AsyncGenerator<Uint8Array> {
    yield Buffer.from(start)
    const chunk = Buffer.alloc(65_536, 'x')
    for (;;) yield await Promise.resolve(chunk)
  }
  const before = memory()
  for (const start of ['', '--b\r\nA: ', '--b--\r\n']) {
    await expect(parseParts(endless(start), 'multipart/mixed; boundary=b').next()).rejects.toMatchObject({
      code: 'too-large',
    })
  }
  expect((memory() - before) / mebibyte).toBeLessThan(8)
})
