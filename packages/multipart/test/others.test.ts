import busboy from 'busboy'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formDataBody, multipart, parseParts, type PartInit } from '../src/index.ts'
import { formName } from './kit/any-message.ts'
import { inPieces, outcomeOf, utf8, written } from './kit/messages.ts'

interface Field {
  readonly name: string | undefined
  readonly filename: string | undefined
  readonly content: string
}

/** What busboy finds in a form; `undefined` where it fails. */
function byBusboy(bytes: Uint8Array, contentType: string): Promise<Field[] | undefined> {
  return new Promise((resolve) => {
    const fields: Field[] = []
    const parser = busboy({ headers: { 'content-type': contentType }, defParamCharset: 'utf8' })
    parser.on('field', (name, value) => fields.push({ name, filename: undefined, content: value }))
    parser.on('file', (name, stream, { filename }) => {
      const at = fields.push({ name, filename, content: '' }) - 1
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      // A part that is cut short fails by itself as well.
      stream.on('error', () => undefined)
      stream.on('end', () => (fields[at] = { name, filename, content: Buffer.concat(chunks).toString() }))
    })
    parser.on('error', () => resolve(undefined))
    parser.on('close', () => resolve(fields))
    parser.end(bytes)
  })
}

async function byUs(bytes: Uint8Array, contentType: string): Promise<Field[]> {
  const fields: Field[] = []
  for await (const part of parseParts(inPieces(bytes, 11), contentType)) {
    fields.push({ name: part.name, filename: part.filename, content: await part.text() })
  }
  return fields
}

/** busboy takes names as they came, and no backslash for one where another follows. */
const plainName = formName.map((name) => name.replaceAll(/[\\/]/g, ''))
const decoded = (name: string | undefined): string | undefined =>
  name?.replaceAll('%22', '"').replaceAll('%0D', '\r').replaceAll('%0A', '\n')

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

describe('what we write, others read as we do', () => {
  const bodyOf = (list: readonly Field[]): ReturnType<typeof multipart> =>
    multipart(list.map(({ name, filename, content: text }): PartInit => ({ name, filename, body: text })))

  test('busboy', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fields, async (list) => {
        const body = bodyOf(list)
        const bytes = await written(body)
        const theirs = await byBusboy(bytes, body.contentType)
        const ours = await byUs(bytes, body.contentType)
        expect(ours).toEqual(
          list.map((one) => ({ ...one, name: one.name?.toWellFormed(), filename: one.filename?.toWellFormed() })),
        )
        // It tells of fields and of files each in order, but of a file's end when that has come.
        expect(theirs?.map((one) => ({ ...one, name: decoded(one.name), filename: decoded(one.filename) }))).toEqual(
          ours,
        )
      }),
      { numRuns: 300 },
    )
  })

  test("Node's Response.formData", { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fields, async (list) => {
        const body = bodyOf(list)
        const bytes = await written(body)
        const form = await new Response(new Uint8Array(bytes), {
          headers: { 'content-type': body.contentType },
        }).formData()
        const theirs: Field[] = []
        for (const [name, value] of form) {
          theirs.push(
            typeof value === 'string'
              ? { name, filename: undefined, content: value }
              : { name, filename: value.name, content: await value.text() },
          )
        }
        expect(theirs).toEqual(await byUs(bytes, body.contentType))
      }),
      { numRuns: 300 },
    )
  })

  test('a FormData of Node', async () => {
    const form = new FormData()
    form.append('a"\r\nb', 'x\ny')
    form.append('f', new File(['\0\r\n--'], 'ü".bin', { type: 'image/png' }))
    const body = formDataBody(form)
    const bytes = await written(body)
    const again = await new Response(new Uint8Array(bytes), {
      headers: { 'content-type': body.contentType ?? '' },
    }).formData()
    expect(again.get('a"\r\nb')).toBe('x\r\ny')
    const file = again.get('f')
    expect(file).toMatchObject({ name: 'ü".bin', type: 'image/png', size: 5 })
  })
})

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
            content: filename === undefined ? ends(text) : text,
          })),
        )
      }),
      { numRuns: 300 },
    )
  })

  test('curl, old and new', async () => {
    const head = '--------------------------d74496d66958873e'
    const bytes = utf8(
      `--${head}\r\nContent-Disposition: form-data; name="a\\"b"\r\n\r\nx\r\n--${head}\r\n` +
        `Content-Disposition: form-data; name="f%22"; filename="a\\"b.txt"\r\nContent-Type: text/plain\r\n\r\ny\r\n--${head}--\r\n`,
    )
    expect(await byUs(bytes, `multipart/form-data; boundary=${head}`)).toEqual([
      { name: 'a"b', filename: undefined, content: 'x' },
      { name: 'f"', filename: 'a"b.txt', content: 'y' },
    ])
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
        // It drops what has no disposition of a form; we do not.
        expect(theirs).toEqual(read.filter(({ name }) => name !== undefined))
      }),
      { numRuns: 2000 },
    )
  })
})
