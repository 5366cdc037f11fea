import { isHttpError } from '@halyard/core'
import { describe, expect, test } from 'vitest'
import { MultipartError, parseParts, type Part } from '../../src/index.ts'
import { inPieces } from '../kit/messages.ts'

/** A part as it is found, its content as latin1 or the parts in it. */
interface Found {
  readonly headers: readonly (readonly [string, string])[]
  readonly content: string | readonly Found[]
}

async function found(parts: AsyncIterable<Part>): Promise<Found[]> {
  const all: Found[] = []
  for await (const part of parts) {
    const isMessage = part.mediaType?.type === 'multipart'
    const content = isMessage ? await found(part.parts()) : Buffer.from(await part.bytes()).toString('latin1')
    all.push({ headers: [...part.headers], content })
  }
  return all
}

/** All byte values, and what is nearly a delimiter of either message. */
const binary = `${Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).toString('latin1')}\r\n--o\r\r\n--\r\n-- o`

const part = (content: Found['content'], ...headers: (readonly [string, string])[]): Found => ({ headers, content })
const head = ({ headers }: Found): string => headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')

/** As it is written, messages inside with the boundary that their header names. */
function text(parts: readonly Found[], boundary: string): string {
  const body = (content: Found['content']): string => (typeof content === 'string' ? content : text(content, 'inner'))
  return `${parts.map((one) => `--${boundary}\r\n${head(one)}\r\n${body(one.content)}\r\n`).join('')}--${boundary}--\r\n`
}

const mixed = ['Content-Type', 'multipart/mixed; boundary=inner'] as const
const kinds: readonly { kind: string; type: string; parts: readonly Found[] }[] = [
  {
    kind: 'multipart/mixed in form-data',
    type: 'multipart/form-data; boundary=outer',
    parts: [
      part('text', ['Content-Disposition', 'form-data; name="title"']),
      part(
        [
          part(binary, ['Content-Disposition', 'attachment; filename="a.bin"'], ['X-Own', '1']),
          part('', ['Content-Disposition', 'attachment; filename="b.bin"']),
        ],
        ['Content-Disposition', 'form-data; name="files"'],
        mixed,
      ),
      part(binary, ['Content-Disposition', 'form-data; name="last"; filename="c"'], ['Content-Type', 'image/png']),
    ],
  },
  {
    kind: 'multipart/related with a message in it',
    type: 'multipart/related; boundary=outer; type="text/html"; start="<root@x>"',
    parts: [
      part('<img src="cid:1@x">', ['Content-Type', 'text/html'], ['Content-ID', '<root@x>']),
      part(binary, ['Content-Type', 'image/png'], ['Content-ID', '<1@x>'], ['Content-Transfer-Encoding', 'binary']),
      part([part('plain'), part('{}', ['Content-Type', 'application/json'])], mixed, ['Content-ID', '<2@x>']),
    ],
  },
  {
    kind: 'multipart/byteranges',
    type: 'multipart/byteranges; boundary=outer',
    parts: [
      part(binary.slice(0, 200), ['Content-Type', 'x/y'], ['Content-Range', 'bytes 0-199/1000']),
      part(binary.slice(200), ['Content-Type', 'x/y'], ['Content-Range', 'bytes 500-999/1000']),
      part('\r\n', ['Content-Type', 'x/y'], ['Content-Range', 'bytes 998-999/1000']),
    ],
  },
]

describe.each(kinds)('$kind', ({ type, parts }) => {
  const bytes = Buffer.from(text(parts, 'outer'), 'latin1')

  test('all parts with their headers, in order, to the byte, in pieces of any size', async () => {
    for (const size of [bytes.byteLength, 1, 2, 3, 7, 64]) {
      expect(await found(parseParts(inPieces(bytes, size), type))).toEqual(parts)
    }
    for (let at = 0; at <= bytes.byteLength; at += 1) {
      expect(await found(parseParts([bytes.subarray(0, at), bytes.subarray(at)], type))).toEqual(parts)
    }
  })

  test(
    'cut at every byte and fed byte by byte: the same parts, or an error of ours, soon',
    { timeout: 60_000 },
    async () => {
      let slowest = 0
      for (let at = 0; at < bytes.byteLength; at += 1) {
        const before = process.cpuUsage()
        try {
          const read = await found(parseParts(inPieces(bytes.subarray(0, at), 1), type))
          // Only the line end behind the last delimiter may be missing.
          expect(at).toBeGreaterThanOrEqual(bytes.byteLength - 2)
          expect(read).toEqual(parts)
        } catch (error) {
          if (!(error instanceof MultipartError)) throw error
          expect(isHttpError(error, 'decode')).toBe(true)
          expect(at).toBeLessThan(bytes.byteLength - 1)
        }
        slowest = Math.max(slowest, process.cpuUsage(before).user)
      }
      expect(slowest).toBeLessThan(2_000_000)
    },
  )
})
