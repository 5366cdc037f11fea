import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { headerList } from '@halyard/core'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseAllParts, readAllParts, readParts, type MultipartReadOptions, type Part } from '../../src/index.ts'
import { DrainedChunks } from '../../src/reading/drained-chunks.ts'
import { Ledger } from '../../src/reading/ledger.ts'
import { limitsOf } from '../../src/reading/limits.ts'
import { MessageReader } from '../../src/reading/message-reader.ts'
import { anyMessage, givings, plain, write } from '../kit/any-message.ts'
import { fromBytes, inPieces, message, type, written } from '../kit/messages.ts'
import { TransientBody } from '../kit/transient-body.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'drained-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function partsOf(body: TransientBody, contentType = type, options?: MultipartReadOptions): AsyncIterableIterator<Part> {
  return readParts({ headers: headerList({ 'content-type': contentType, 'content-length': '1' }), body }, options)
}

/** Ways to read a part. Each gives the content as latin1, or `undefined` where it reads none, or a part of it. */
const ways: readonly ((part: Part) => Promise<string | undefined>)[] = [
  async (part) => Buffer.from(await part.bytes()).toString('latin1'),
  async (part) => {
    const { path: place } = await part.saveTo(path.join(folder, 'part'))
    return readFileSync(place, 'latin1')
  },
  async (part) => {
    let text = ''
    for await (const chunk of part.stream()) text += Buffer.from(chunk).toString('latin1')
    return text
  },
  async (part) => {
    for await (const _chunk of part.stream()) break
    return undefined
  },
  async (part) => {
    await part.discard()
    return undefined
  },
  () => Promise.resolve(undefined),
]

test('whatever is done with each part, what is read is what was sent', { timeout: 60_000 }, async () => {
  const large = fc.record({
    pad: fc.constantFrom(0, 1000, 70_000, 300_000),
    way: fc.integer({ min: 0, max: ways.length - 1 }),
    tail: fc.constantFrom('', '\r', '\r\n', '\r\n--', '\r\n--halyard', 'x'),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(large, { maxLength: 6 }),
      fc.integer({ min: 1, max: 65_536 }),
      fc.integer({ min: 1, max: 12 }),
      async (list, size, burst) => {
        const contents = list.map(({ pad, tail }, index) => `${`${index}\r`.repeat(pad / 2)}${tail}`)
        const bytes = message(
          `${contents.map((content) => `--b\r\n\r\n${content}\r\n`).join('')}--b--`.replaceAll('\r\n', '\n'),
        )
        // A line end of `message` is one of the content, too.
        const meant = await parseAllParts(bytes, type)
        const body = new TransientBody(inPieces(bytes, Math.max(size, Math.ceil(bytes.byteLength / 500))), { burst })
        let index = 0
        for await (const part of partsOf(body)) {
          const read = await ways[list[index]?.way ?? 0]?.(part)
          const whole = Buffer.from((await meant[index]?.bytes()) ?? []).toString('latin1')
          if (read !== undefined) expect(read === whole).toBe(true)
          index += 1
        }
        expect(index).toBe(list.length)
        expect(body.streamed).toBe(0)
      },
    ),
    { numRuns: 100 },
  )
})

test('messages in messages, all parts at once, and pieces of one byte', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(anyMessage, fc.integer({ min: 1, max: 80 }), async (meant, size) => {
      const body = write(meant, givings[0] ?? ((bytes) => bytes))
      const bytes = await written(body)
      const expected = await plain(readable(await parseAllParts(bytes, body.contentType)))
      const drained = (): TransientBody => new TransientBody(inPieces(bytes, size), { burst: 5 })
      expect(await plain(partsOf(drained(), body.contentType))).toEqual(expected)
      const headers = headerList({ 'content-type': body.contentType, 'content-length': '1' })
      expect(await plain(readable(await readAllParts({ headers, body: drained() })))).toEqual(expected)
    }),
    { numRuns: 60 },
  )
})

async function* readable(parts: readonly Part[]): AsyncGenerator<Part> {
  for (const part of parts) yield await Promise.resolve(part)
}

test('without a length the body is a stream', async () => {
  const body = new TransientBody([])
  await expect(readParts({ headers: headerList({ 'content-type': type }), body }).next()).rejects.toThrow('drained')
  expect(body.streamed).toBe(1)
})

test('nothing is taken before it is asked for, and not much more than was', async () => {
  const bytes = message(`--b\n\n${'x'.repeat(2_000_000)}\n--b--`)
  const body = new TransientBody(inPieces(bytes, 10_000))
  const parts = partsOf(body)
  const turns = async (): Promise<void> => {
    for (let count = 0; count < 300; count += 1) await new Promise((resolve) => setImmediate(resolve))
  }
  await turns()
  expect(body.given).toBe(0)
  const { value } = await parts.next()
  await turns()
  expect(body.given).toBeLessThan(30)
  expect((await value?.bytes())?.byteLength).toBe(2_000_000)
})

describe('what goes wrong', () => {
  test('a failure of the body is thrown by whoever reads, however he does', async () => {
    const failure = new Error('reset')
    for (const read of [ways[0], ways[1], ways[2]]) {
      const body = new TransientBody(inPieces(message(`--b\n\n${'x'.repeat(100_000)}`), 20_000), { failure })
      const parts = partsOf(body)
      const { value } = await parts.next()
      if (value === undefined) throw new Error('no part')
      await expect(read?.(value)).rejects.toBe(failure)
      await expect(parts.next()).rejects.toBe(failure)
    }
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([])
  })

  test('a message that is cut short, or beyond a limit, while it is saved or skipped', async () => {
    const cut = inPieces(message(`--b\n\n${'x'.repeat(300_000)}`), 20_000)
    const saved = partsOf(new TransientBody(cut))
    const { value } = await saved.next()
    await expect(value?.saveTo(path.join(folder, 'cut'))).rejects.toThrow('cut short')
    const skipped = partsOf(new TransientBody(cut))
    await skipped.next()
    await expect(skipped.next()).rejects.toThrow('cut short')
    for (const limit of ['maxPartBytes', 'maxTotalBytes'] as const) {
      const body = new TransientBody(cut, { isSilent: true })
      const parts = partsOf(body, type, { [limit]: 200_000 })
      const part = await parts.next()
      await expect(part.value?.saveTo(path.join(folder, 'beyond'))).rejects.toMatchObject({ limit })
      await expect(parts.next()).rejects.toMatchObject({ limit })
      expect(body.isLeft).toBe(true)
    }
    expect(readdirSync(folder).filter((name) => /cut|beyond/.test(name))).toEqual([])
  })

  test('where the taker of content fails, at once or later, the message goes on', async () => {
    const bytes = message(`--b\n\n${'x'.repeat(400_000)}\n--b\n\nafter\n--b--`)
    const full = new Error('full')
    for (const later of [false, true]) {
      const chunks = new DrainedChunks(new TransientBody(inPieces(bytes, 30_000)))
      const reader = new MessageReader(chunks, 'b', new Ledger(limitsOf({}), ''), true)
      await reader.nextHead()
      let taken = 0
      const take = (piece: Uint8Array): Promise<void> | undefined => {
        taken += piece.byteLength
        if (taken < 150_000) return undefined
        if (!later) throw full
        return Promise.reject(full)
      }
      await expect(reader.pour(take)).rejects.toBe(full)
      expect(taken).toBeLessThan(200_000)
      expect(await reader.nextHead()).toBeDefined()
      const { value } = await reader.nextContent()
      expect(fromBytes(value ?? new Uint8Array())).toBe('after')
    }
  })

  test('a taker without room holds the body back', async () => {
    const bytes = message(`--b\n\n${'x'.repeat(400_000)}\n--b--`)
    const body = new TransientBody(inPieces(bytes, 10_000), { burst: 3 })
    const reader = new MessageReader(new DrainedChunks(body), 'b', new Ledger(limitsOf({}), ''), true)
    await reader.nextHead()
    let release = Promise.withResolvers<void>()
    let waiting = 0
    const poured = reader.pour(() => {
      waiting += 1
      release = Promise.withResolvers()
      return release.promise
    })
    for (let rounds = 1; rounds <= 5; rounds += 1) {
      for (let count = 0; count < 10; count += 1) await new Promise((resolve) => setImmediate(resolve))
      expect(waiting).toBe(rounds)
      release.resolve()
    }
    const go = setInterval(() => release.resolve(), 0)
    await poured.finally(() => clearInterval(go))
    expect(body.given).toBe(41)
  })

  test('a body that somebody else reads is left to him', async () => {
    const taken = new Error('taken')
    const body = new TransientBody([])
    const drainTo = (): never => {
      throw taken
    }
    const parts = readParts({
      headers: headerList({ 'content-type': type, 'content-length': '1' }),
      body: { stream: () => body.stream(), discard: () => body.discard(), drainTo },
    })
    await expect(parts.next()).rejects.toBe(taken)
    await parts.return?.()
    expect(body.discarded).toBe(0)
  })
})

describe('leaving', () => {
  const bytes = message(`--b\n\n${'x'.repeat(1_000_000)}`)

  test('a body that gives nothing more, before it is read and while it is', async () => {
    const unread = new TransientBody([])
    await partsOf(unread).return?.()
    expect(unread.isLeft).toBe(true)
    const silent = new TransientBody([], { isSilent: true })
    const parts = partsOf(silent)
    const waiting = parts.next()
    await new Promise((resolve) => setImmediate(resolve))
    await parts.return?.()
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(silent.isLeft).toBe(true)
  })

  test('a body that waits for room', async () => {
    const body = new TransientBody(inPieces(bytes, 50_000))
    for await (const _part of partsOf(body)) {
      for (let count = 0; count < 50; count += 1) await new Promise((resolve) => setImmediate(resolve))
      break
    }
    for (let count = 0; count < 5; count += 1) await new Promise((resolve) => setImmediate(resolve))
    expect(body.isLeft).toBe(true)
    expect(body.given).toBeLessThan(20)
  })

  test('while a part is saved', async () => {
    const body = new TransientBody(inPieces(bytes, 50_000), { isSilent: true })
    const parts = partsOf(body)
    const { value } = await parts.next()
    const saving = value?.saveTo(path.join(folder, 'left'))
    saving?.catch(() => undefined)
    for (let count = 0; count < 60; count += 1) await new Promise((resolve) => setImmediate(resolve))
    await parts.return?.()
    await expect(saving).rejects.toMatchObject({ code: 'decode' })
    expect(body.isLeft).toBe(true)
    expect(readdirSync(folder).filter((name) => name.includes('left'))).toEqual([])
  })
})
