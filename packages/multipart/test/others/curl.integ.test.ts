import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { httpServer } from '@halyard/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseParts, type Part } from '../../src/index.ts'
import { inPieces } from '../kit/messages.ts'

const run = promisify(execFile)

/** The version of the curl of this machine, if it has one; `undefined` also for one from before `--form-escape`. */
const version = await run('curl', ['--version']).then(
  ({ stdout }) => /^curl (\d+)\.(\d+)/.exec(stdout)?.slice(1).map(Number),
  () => undefined,
)
const isHere = version !== undefined
const knowsEscape = ((version?.[0] ?? 0) - 7) * 1000 + (version?.[1] ?? 0) >= 81

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'curl-'))
  writeFileSync(path.join(folder, 'a "b".txt'), Buffer.from('fi\r\n--le\0\xff', 'latin1'))
  writeFileSync(path.join(folder, 'grüße.bin'), 'second')
  writeFileSync(path.join(folder, 'large'), Buffer.alloc(2_000_000, '\r\n--'))
})
afterAll(() => rmSync(folder, { recursive: true }))

interface Sent {
  readonly contentType: string | undefined
  readonly bytes: Buffer
}

/** What curl sends for these arguments. */
async function sent(...args: string[]): Promise<Sent> {
  const came = Promise.withResolvers<Sent>()
  await using server = await httpServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(Buffer.from(chunk))
    came.resolve({ contentType: request.headers['content-type'], bytes: Buffer.concat(chunks) })
    response.end()
  })
  await run('curl', ['--silent', '--show-error', '--noproxy', '*', server.origin, ...args], { cwd: folder })
  return await came.promise
}

type Plain = readonly [name: string | undefined, filename: string | undefined, content: string | readonly Plain[]]

async function plain(parts: AsyncIterable<Part>): Promise<Plain[]> {
  const found: Plain[] = []
  for await (const part of parts) {
    const isMessage = part.mediaType?.type === 'multipart'
    const content = isMessage ? await plain(part.parts()) : Buffer.from(await part.bytes()).toString('latin1')
    found.push([part.name, part.filename, content])
  }
  return found
}

async function read(...args: string[]): Promise<Plain[]> {
  const { contentType, bytes } = await sent(...args)
  const whole = await plain(parseParts(bytes, contentType))
  for (const size of [1, 7]) expect(await plain(parseParts(inPieces(bytes, size), contentType))).toEqual(whole)
  return whole
}

const latin1 = (text: string): string => Buffer.from(text).toString('latin1')
const file = 'f=@"a \\"b\\".txt"'

describe.skipIf(!isHere)('what curl writes, we read (skipped where there is no curl)', () => {
  test('fields, with line ends, quotes and characters of all kinds', async () => {
    expect(
      await read('-F', 'a=1', '-F', 'grüße=ü€😀', '-F', 'q"u\r\no\\te=- "v"\r\n--', '--form-string', 'x=@y;type=z'),
    ).toEqual([
      ['a', undefined, '1'],
      ['grüße', undefined, latin1('ü€😀')],
      ['q"u\r\no\\te', undefined, '- "v"\r\n--'],
      ['x', undefined, '@y;type=z'],
    ])
  })

  test.runIf(knowsEscape)('names with backslashes before what is quoted (--form-escape)', async () => {
    expect(await read('--form-escape', '-F', 'q"uote=1', '-F', file)).toEqual([
      ['q"uote', undefined, '1'],
      ['f', 'a "b".txt', 'fi\r\n--le\0\xff'],
    ])
  })

  test('files, their names and types, and headers', async () => {
    const args = ['-F', `${file};type=image/png`, '-F', 'g=@grüße.bin;filename="../x\\"y.txt"']
    const { contentType, bytes } = await sent(...args, '-F', 'j={"a":1};type=application/json;headers="X-Custom: v"')
    const seen: unknown[] = []
    for await (const part of parseParts(bytes, contentType)) {
      const { name, filename, mediaType, headers } = part
      seen.push([name, filename, mediaType?.essence, headers.get('x-custom'), (await part.bytes()).byteLength])
    }
    expect(seen).toEqual([
      ['f', 'a "b".txt', 'image/png', undefined, 10],
      ['g', 'x"y.txt', 'text/plain', undefined, 6],
      ['j', undefined, 'application/json', 'v', 7],
    ])
  })

  test('a large file that begins delimiters all along', async () => {
    const { contentType, bytes } = await sent('-F', 'f=@large', '-F', 'after=x')
    const found = await plain(parseParts(bytes, contentType))
    expect(found.map(([name, , content]) => [name, content.length])).toEqual([
      ['f', 2_000_000],
      ['after', 1],
    ])
  })

  test('messages inside: several files of one field, and parts in brackets', async () => {
    expect(await read('-F', 'files=@"a \\"b\\".txt",grüße.bin', '-F', 'after=x')).toEqual([
      [
        'files',
        undefined,
        [
          [undefined, 'a "b".txt', 'fi\r\n--le\0\xff'],
          [undefined, 'grüße.bin', 'second'],
        ],
      ],
      ['after', undefined, 'x'],
    ])
    const brackets = ['-F', '=(;type=multipart/mixed', '-F', '=plain', '-F', '=<grüße.bin;encoder=base64', '-F', '=)']
    expect(await read('-F', 'before=x', ...brackets)).toEqual([
      ['before', undefined, 'x'],
      [
        undefined,
        undefined,
        [
          [undefined, undefined, 'plain'],
          // Shown as it came: the encoding is in the headers.
          [undefined, undefined, 'c2Vjb25k'],
        ],
      ],
    ])
  })
})
