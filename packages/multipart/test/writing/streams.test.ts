import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { factoryBody, streamBody } from '@halyard/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { filePart, multipart } from '../../src/index.ts'
import { textOf, utf8 } from '../kit/messages.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'parts-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield await Promise.resolve(utf8(text))
}

const sources: [string, () => Parameters<typeof multipart>[0]][] = [
  ['a Readable', () => ({ a: Readable.from([Buffer.from('he'), Buffer.from('llo')]) })],
  ['a Readable of text', () => ({ a: Readable.from(['he', 'llo']) })],
  ['a ReadableStream', () => ({ a: new Blob(['hello']).stream() })],
  ['an async iterable', () => ({ a: chunks('he', '', 'llo') })],
  ['a function', () => ({ a: () => chunks('hello') })],
  ['a Blob', () => ({ a: new Blob(['hel', 'lo']) })],
  ['an ArrayBuffer', () => ({ a: new Uint8Array(utf8('hello')).buffer })],
  ['a body of core', () => ({ a: streamBody(chunks('hello'), { length: 5 }) })],
]

test.each(sources)('%s', async (_name, make) => {
  const body = multipart(make())
  expect(await textOf(body)).toMatch(/\r\n\r\nhello\r\n--halyard-[0-9a-f]+--\r\n$/)
})

test('one that can be read once is sent once; a function as often as need be', async () => {
  const once = multipart({ a: chunks('x') })
  await textOf(once)
  expect(() => once.open()).toThrow('was sent already')
  const shared = Readable.from(['x'])
  await textOf(multipart({ a: shared }))
  await expect(textOf(multipart({ a: shared }))).rejects.toThrow('was sent already')
  const again = multipart({ a: () => chunks('x') })
  expect(await textOf(again)).toBe(await textOf(again))
})

test('a file', async () => {
  const file = path.join(folder, 'a "b".txt')
  writeFileSync(file, 'content')
  const body = multipart({ f: filePart(file, { mediaType: 'text/plain' }) })
  const text = await textOf(body)
  expect(text).toContain('name="f"; filename="a %22b%22.txt"\r\ncontent-type: text/plain\r\n\r\ncontent\r\n')
  expect(body.length).toBe(Buffer.byteLength(text))
  expect(await textOf(body)).toBe(text)
  expect(() => filePart(path.join(folder, 'none'))).toThrow(expect.objectContaining({ code: 'file' }))
  expect(() => filePart(folder)).toThrow('not a regular file')
  expect(() => filePart(file, { typo: 1 } as never)).toThrow('typo')
})

test('a file that grows or shrinks meanwhile is an error: its length was told', async () => {
  const file = path.join(folder, 'changing')
  writeFileSync(file, '12345')
  const body = multipart({ f: filePart(file) })
  writeFileSync(file, '123')
  await expect(textOf(body)).rejects.toMatchObject({ code: 'encode', message: expect.stringContaining('fewer bytes') })
  writeFileSync(file, '1234567')
  await expect(textOf(body)).rejects.toMatchObject({ code: 'encode', message: expect.stringContaining('more bytes') })
  const wrong = multipart({ a: factoryBody(() => chunks('x'), { length: 2 }) })
  await expect(textOf(wrong)).rejects.toThrow('fewer')
  const bytes = multipart({ a: { contentType: undefined, length: 2, replayable: true, open: () => utf8('x') } })
  await expect(textOf(bytes)).rejects.toThrow('fewer')
})

describe('leaving early', () => {
  test('stops the stream that is read, and lets go of those that were not', async () => {
    const never = new Readable({ read() {} })
    const later = new Readable({ read() {} })
    let cancelled = false
    const web = new ReadableStream({
      cancel: () => {
        cancelled = true
      },
    })
    const opened = multipart({ a: 'x', never, later, web }).open()
    if (opened instanceof Uint8Array) throw new Error('not a stream')
    const iterator = opened[Symbol.asyncIterator]()
    expect((await iterator.next()).done).toBe(false)
    const waiting = iterator.next()
    await iterator.return?.()
    await waiting
    expect([never.destroyed, later.destroyed, cancelled]).toEqual([true, true, true])
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  test('a part that fails stops the others', async () => {
    const failing = new Readable({
      read() {
        this.destroy(new Error('disk'))
      },
    })
    const later = new Readable({ read() {} })
    await expect(textOf(multipart({ failing, later }))).rejects.toThrow('disk')
    expect(later.destroyed).toBe(true)
  })

  test('streams of messages inside are let go of; so are those of a body that is not sent', async () => {
    const [inside, unsent, failing] = [new Readable({ read() {} }), new Readable({ read() {} }), Readable.from([5])]
    const inner = multipart({ inside })
    await expect(textOf(multipart({ failing, inner }))).rejects.toThrow('text or bytes')
    expect(inside.destroyed).toBe(true)
    const body = multipart({ unsent })
    body.discard()
    expect(unsent.destroyed).toBe(true)
    expect(() => body.open()).toThrow('was sent already')
  })

  test('a stream that fails before it is its turn fails when it is', async () => {
    const missing = createReadStream(path.join(folder, 'missing'))
    const body = multipart({ first: 'x', missing })
    await new Promise((resolve) => missing.once('close', () => resolve(undefined)))
    await expect(textOf(body)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('a generator hears of it', async () => {
    let ended = false
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield await Promise.resolve(utf8('x'))
      } finally {
        ended = true
      }
    }
    const opened = multipart({ a: endless }).open()
    if (opened instanceof Uint8Array) throw new Error('not a stream')
    let count = 0
    for await (const chunk of opened) if ((count += chunk.byteLength) > 300) break
    expect(ended).toBe(true)
  })
})

test('a stream of something else is refused', async () => {
  async function* numbers(): AsyncGenerator<never> {
    yield await Promise.resolve(5 as never)
  }
  await expect(textOf(multipart({ a: numbers }))).rejects.toThrow('text or bytes')
})
