import { MemoryBody } from '@halyard/core'
import { fakeClock } from '@halyard/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Brake } from '../../src/progress/brake.ts'
import { brakedChunks } from '../../src/progress/braked-chunks.ts'
import { slicedChunks } from '../../src/progress/sliced-chunks.ts'
import { bodyGuard, type WaitGuard } from '../../src/progress/wait-guard.ts'

/** Chunks that tell whether they were left. */
class Source implements AsyncIterator<Uint8Array, undefined> {
  readonly #chunks: Uint8Array[]
  left = 0
  asked = 0

  constructor(...chunks: Uint8Array[]) {
    this.#chunks = chunks
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.asked += 1
    const value = this.#chunks.shift()
    return Promise.resolve(value === undefined ? { done: true, value } : { done: false, value })
  }

  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.left += 1
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}

function iteratorOf(chunks: AsyncIterable<Uint8Array>): AsyncIterator<Uint8Array> {
  return chunks[Symbol.asyncIterator]()
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const list: Uint8Array[] = []
  for await (const chunk of chunks) list.push(chunk)
  return list
}

describe('slices', () => {
  test('are views of the chunks, small ones as they came', async () => {
    const small = new Uint8Array([1, 2])
    const large = new Uint8Array([3, 4, 5, 6, 7])
    const slices = await collect(slicedChunks(new Source(small, large, new Uint8Array()), 2))
    expect(slices.map((slice) => [...slice])).toEqual([[1, 2], [3, 4], [5, 6], [7], []])
    expect(slices[0]).toBe(small)
    expect(slices[2]?.buffer).toBe(large.buffer)
  })

  test('are the same bytes, whatever the sizes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 50 })),
        fc.integer({ min: 1, max: 60 }),
        async (list, max) => {
          const slices = await collect(slicedChunks(new Source(...list), max))
          expect(Buffer.concat(slices)).toEqual(Buffer.concat(list))
          expect(Math.max(0, ...slices.map(({ byteLength }) => byteLength))).toBeLessThanOrEqual(max)
        },
      ),
    )
  })

  test('fail as the source does', async () => {
    const failure = new Error('the disk is gone')
    const failing: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(failure) }),
    }
    await expect(collect(slicedChunks(failing, 2))).rejects.toBe(failure)
  })

  test('leaving them leaves the source, once; there is nothing after that', async () => {
    const source = new Source(new Uint8Array(10))
    const slices = iteratorOf(slicedChunks(source, 4))
    await slices.next()
    await slices.return?.()
    await slices.return?.()
    expect(source.left).toBe(1)
    expect(await slices.next()).toEqual({ done: true, value: undefined })
    expect(source.asked).toBe(1)
  })

  test('leaving them while the source is awaited leaves it at once', async () => {
    const pending = Promise.withResolvers<IteratorResult<Uint8Array, undefined>>()
    let left = 0
    const stuck: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({
        next: () => pending.promise,
        return: () => {
          left += 1
          return Promise.resolve({ done: true, value: undefined })
        },
      }),
    }
    const slices = iteratorOf(slicedChunks(stuck, 4))
    const next = slices.next()
    await slices.return?.()
    expect(left).toBe(1)
    // What comes late is not handed on.
    pending.resolve({ done: false, value: new Uint8Array(1) })
    expect(await next).toEqual({ done: true, value: undefined })
  })
})

describe('braked chunks', () => {
  test.each([
    ['one huge chunk', [new Uint8Array(100_000)]],
    ['single bytes', Array.from({ length: 2_000 }, () => new Uint8Array(1))],
    ['uneven ones', [1, 4_000, 17, 999, 1_001, 30_000].map((size) => new Uint8Array(size))],
  ])('come at the rate: %s', async (_name, list) => {
    const clock = fakeClock()
    const brake = new Brake(clock, 10_000)
    const sum = list.reduce((bytes, chunk) => bytes + chunk.byteLength, 0)
    let passed = 0
    const reading = (async () => {
      for await (const chunk of brakedChunks(new Source(...list), brake)) {
        expect(chunk.byteLength).toBeLessThanOrEqual(1_250)
        passed += chunk.byteLength
        expect(passed).toBeLessThanOrEqual((clock.now() + 125) * 10 + 1e-6)
      }
    })()
    await clock.runAll()
    await reading
    expect(passed).toBe(sum)
    expect(clock.now()).toBeCloseTo(sum / 10 - 125, 6)
  })

  test('the source is asked for no more while a slice waits', async () => {
    const clock = fakeClock()
    const source = new Source(new Uint8Array(125), new Uint8Array(125), new Uint8Array(125))
    const chunks = iteratorOf(brakedChunks(source, new Brake(clock, 1_000)))
    await chunks.next()
    const second = chunks.next()
    await clock.advance(124)
    expect(source.asked).toBe(2)
    await clock.advance(1)
    expect((await second).done).toBe(false)
  })

  test('leaving while a slice waits leaves the source and the timer at once', async () => {
    const clock = fakeClock()
    const source = new Source(new Uint8Array(1_000))
    const chunks = iteratorOf(brakedChunks(source, new Brake(clock, 1_000)))
    await chunks.next()
    const waiting = chunks.next()
    expect(clock.pending).toBe(1)
    await chunks.return?.()
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(clock.pending).toBe(0)
    expect(source.left).toBe(1)
  })

  test('a guard ends the wait with its failure, leaves the source and the timer, and is let go of', async () => {
    const clock = fakeClock()
    const source = new Source(new Uint8Array(1_000))
    let watching = 0
    let fail: ((failure: unknown) => void) | undefined
    const guard: WaitGuard = {
      watch: (tell) => {
        watching += 1
        fail = tell
        return () => void (watching -= 1)
      },
    }
    const chunks = iteratorOf(brakedChunks(source, new Brake(clock, 1_000), guard))
    await chunks.next()
    expect(watching).toBe(0)
    const second = chunks.next()
    await clock.advance(125)
    await second
    expect(watching).toBe(0)
    const third = chunks.next()
    expect(watching).toBe(1)
    fail?.(new Error('aborted'))
    await expect(third).rejects.toThrow('aborted')
    expect([watching, clock.pending, source.left]).toEqual([0, 0, 1])
    expect(await chunks.next()).toEqual({ done: true, value: undefined })
  })

  test('a body that fails ends the wait, also the next one', async () => {
    const clock = fakeClock()
    class FailingBody extends MemoryBody {
      fail: ((error?: unknown) => void) | undefined

      override onSettled(listener: (error?: unknown) => void): void {
        this.fail = listener
      }
    }
    for (const isWaiting of [true, false]) {
      const body = new FailingBody(new Uint8Array(1_000))
      const chunks = iteratorOf(brakedChunks(body.stream(), new Brake(clock, 1_000), bodyGuard(body)))
      await chunks.next()
      const waiting = isWaiting ? chunks.next() : undefined
      body.fail?.(new Error('cut'))
      await expect(waiting ?? chunks.next()).rejects.toThrow('cut')
      expect(clock.pending).toBe(0)
    }
  })
})
