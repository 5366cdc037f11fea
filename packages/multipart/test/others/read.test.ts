import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formName } from '../kit/any-message.ts'
import { outcomeOf, utf8 } from '../kit/messages.ts'
import { byBusboy, byUs } from '../kit/parsers.ts'

/** busboy takes names as they came, and no backslash for one where another follows. */
const plainName = formName.map((name) => name.replaceAll(/[\\/]/g, ''))
const content = fc.string({
  unit: fc.constantFrom('\r', '\n', '--', '-', 'b', '\r\n--', 'é', '😀', 'x'),
  maxLength: 20,
})
const fields = fc.array(
  fc.record({
    // Without a name busboy has none of its own either.
    name: plainName.map((name) => `n${name}`),
    filename: fc.option(
      plainName.map((name) => `f${name}`),
      { nil: undefined },
    ),
    content,
  }),
  { maxLength: 5 },
)

describe('what others write, we read', () => {
  test("Node's Response of a FormData", { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fields, async (list) => {
        const form = new FormData()
        for (const { name, filename, content: text } of list) {
          if (filename === undefined) form.append(name ?? '', text)
          else form.append(name ?? '', new File([text], filename))
        }
        const response = new Response(form)
        const bytes = new Uint8Array(await response.arrayBuffer())
        const ends = (text: string): string => text.replaceAll(/\r\n|\r|\n/g, '\r\n')
        expect(await byUs(bytes, response.headers.get('content-type') ?? '')).toEqual(
          list.map(({ name, filename, content: text }) => ({
            name: ends(name ?? '').toWellFormed(),
            filename: filename?.toWellFormed(),
            mediaType: filename === undefined ? undefined : 'application/octet-stream',
            content: Buffer.from(filename === undefined ? ends(text) : text).toString('latin1'),
          })),
        )
      }),
      { numRuns: 300 },
    )
  })

  test('what busboy finds in a form that is right, we find too', { timeout: 60_000 }, async () => {
    const line = fc.constantFrom(
      '--b',
      '--b--',
      '',
      'x',
      'content-disposition: form-data; name="a"',
      'content-disposition: form-data; name=b; filename=c',
      'content-type: text/plain',
      '--',
      '--c',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 16 }), async (lines) => {
        const bytes = utf8(`--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n${lines.join('\r\n')}\r\n--b--\r\n`)
        const type = 'multipart/form-data; boundary=b'
        const ours = await outcomeOf([bytes], type)
        if ('error' in ours) return
        // Where no line is between the empty line and a delimiter, it loses the delimiter: see docs/decisions/0021.
        if (Buffer.from(bytes).includes('\r\n\r\n--b')) return
        // What stands behind the last delimiter is nobody's (RFC 2046 §5.1.1); it reads parts there where two follow.
        if (/\r\n--b--(?=\r\n)[^]*\r\n--b\r\n/.test(lines.join('\r\n'))) return
        const theirs = await byBusboy(bytes, type)
        if (theirs === undefined) return
        const read = await byUs(bytes, type)
        const bare = (list: typeof read): object[] =>
          list.map(({ name, filename, content: text }) => ({ name, filename, text }))
        // It drops what has no disposition of a form; we do not. It says media types of its own where there are none.
        expect(bare(theirs)).toEqual(bare(read.filter(({ name }) => name !== undefined)))
      }),
      { numRuns: 2000 },
    )
  })
})
