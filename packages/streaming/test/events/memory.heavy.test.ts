import { expect, test } from 'vitest'
import { parseEvents } from '../../src/events/index.ts'

const mebibyte = 1024 * 1024

function memory(): number {
  // It sweeps buffers while others run; the next one waits for that.
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

async function* repeated(chunk: string, times: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(chunk)
  for (let count = 0; count < times; count += 1) yield await Promise.resolve(bytes)
}

/** Reads everything, and tells the most memory it took meanwhile. */
async function reading(chunks: AsyncIterable<Uint8Array>): Promise<{ events: number; mostMebibytes: number }> {
  const before = memory()
  let events = 0
  let most = 0
  let chunkCount = 0
  async function* watched(): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      chunkCount += 1
      if (chunkCount % 2000 === 0) most = Math.max(most, memory() - before)
      yield chunk
    }
  }
  for await (const _event of parseEvents(watched())) events += 1
  expect(chunkCount).toBeGreaterThan(2000)
  return { events, mostMebibytes: most / mebibyte }
}

test('a gibibyte of events takes little memory', async () => {
  const event = `id: 1\nevent: x\ndata: ${'x'.repeat(1000)}\n\n`
  const { events, mostMebibytes } = await reading(repeated(event.repeat(64), 16_384))
  expect(events).toBe(64 * 16_384)
  expect(mostMebibytes).toBeLessThan(16)
})

test('four million ids, comments and unknown fields take little memory', async () => {
  const { events, mostMebibytes } = await reading(repeated('id: 12345\n\n: ping\nx: y\n\n'.repeat(1000), 4000))
  expect(events).toBe(0)
  expect(mostMebibytes).toBeLessThan(16)
})

test('an event of 1 MiB in pieces of one byte takes little memory', async () => {
  const stream = Buffer.from(`data: ${'x'.repeat(mebibyte - 6)}\n\n`)
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < stream.byteLength; at += 1) yield stream.subarray(at, at + 1)
  }
  const { events, mostMebibytes } = await reading(bytes())
  expect(events).toBe(1)
  expect(mostMebibytes).toBeLessThan(16)
})

test('an event that never ends stops in little memory', async () => {
  for (const chunk of ['x', 'x'.repeat(65_536), 'data\n', 'data: x\n'.repeat(100), ':']) {
    const before = memory()
    const events = parseEvents(repeated(chunk, 10_000_000))[Symbol.asyncIterator]()
    await expect(events.next()).rejects.toMatchObject({ code: 'too-large' })
    expect((memory() - before) / mebibyte).toBeLessThan(16)
  }
})
