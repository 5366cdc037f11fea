import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseAllParts, parseParts, type Part } from '../../src/index.ts'
import { inPieces, message, type } from '../kit/messages.ts'

async function one(content: Uint8Array | string, contentType = 'text/plain'): Promise<Part> {
  const bytes = Buffer.concat([
    message(`--b\nContent-Type: ${contentType}\n\n`),
    typeof content === 'string' ? Buffer.from(content) : content,
    message('\n--b--'),
  ])
  const [part] = await parseAllParts(inPieces(bytes, 3), type)
  if (part === undefined) throw new Error('no part')
  return part
}

test('text, by its charset', async () => {
  expect(await (await one('ü€')).text()).toBe('ü€')
  expect(await (await one('\ufeffü')).text()).toBe('ü')
  expect(await (await one(Uint8Array.of(0xfc), 'text/plain; charset=ISO-8859-1')).text()).toBe('ü')
  expect(await (await one(Uint8Array.of(0x80, 0x93), 'text/plain; charset=windows-1252')).text()).toBe('€“')
  expect(await (await one(Uint8Array.of(0xff))).text()).toBe('\ufffd')
  const unknown = await one('x', 'text/plain; charset=klingon')
  await expect(unknown.text()).rejects.toThrow('charset')
})

test('JSON', async () => {
  expect(await (await one('{"a":[1]}')).json()).toEqual({ a: [1] })
  const parsed = await (await one('{"__proto__":{"x":1}}')).json()
  expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype)
  for (const bad of ['{', '', 'S3cret', Uint8Array.of(0x22, 0xff, 0x22)]) {
    const error: unknown = await (await one(bad)).json().catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'decode', message: 'the multipart message has a part that is not JSON' })
  }
})

test('a part that is no message has no parts', async () => {
  await expect(
    (async () => {
      for await (const _part of (await one('x')).parts());
    })(),
  ).rejects.toThrow('not multipart')
})

describe('saveTo', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'saved-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  async function first(text: string, size = 5): Promise<Part> {
    const { value } = await parseParts(inPieces(message(text), size), type).next()
    if (value === undefined) throw new Error('no part')
    return value
  }

  test('writes the file', async () => {
    const to = path.join(folder, 'f')
    const content = 'content '.repeat(200_000)
    const part = await first(`--b\n\n${content}\n--b--`, 60_000)
    expect(await part.saveTo(to)).toEqual({ path: to, bytes: content.length })
    expect(readFileSync(to, 'utf8')).toBe(content)
    expect(await (await first('--b\n\nnew\n--b--')).saveTo(pathToFileURL(to))).toEqual({ path: to, bytes: 3 })
    expect(readFileSync(to, 'utf8')).toBe('new')
    await (await first('--b\n\n\n--b--')).saveTo(to)
    expect(readFileSync(to, 'utf8')).toBe('')
    expect(readdirSync(folder)).toEqual(['f'])
  })

  test('leaves nothing of a part that is cut short, and what was there before', async () => {
    const to = path.join(folder, 'f')
    await (await first('--b\n\nold\n--b--')).saveTo(to)
    await expect((await first('--b\n\nnew')).saveTo(to)).rejects.toThrow('cut short')
    expect(readdirSync(folder)).toEqual(['f'])
    expect(readFileSync(to, 'utf8')).toBe('old')
  })

  test('leaves nothing of a large one either, whose batches are on their way to the disk', async () => {
    const to = path.join(folder, 'f')
    const part = await first(`--b\n\n${'x'.repeat(5_000_000)}`, 65_536)
    await expect(part.saveTo(to)).rejects.toThrow('cut short')
    expect(readdirSync(folder)).toEqual([])
    const beyond = parseParts(inPieces(message(`--b\n\n${'x'.repeat(5_000_000)}\n--b--`), 65_536), type, {
      maxPartBytes: 4_000_000,
    })
    const { value } = await beyond.next()
    await expect(value?.saveTo(to)).rejects.toMatchObject({ limit: 'maxPartBytes' })
    expect(readdirSync(folder)).toEqual([])
  })

  test('what the file system refuses', async () => {
    const nowhere = path.join(folder, 'none', 'f')
    await expect((await first('--b\n\nx\n--b--')).saveTo(nowhere)).rejects.toMatchObject({
      code: 'file',
      cause: { code: 'ENOENT' },
    })
    await expect((await first('--b\n\nx\n--b--')).saveTo(folder)).rejects.toMatchObject({ code: 'file' })
    expect(readdirSync(folder)).toEqual([])
  })
})
