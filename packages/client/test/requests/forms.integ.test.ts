import { describe, expect, test, vi } from 'vitest'
import { scene, bodyOf } from '../support/scene.ts'

interface Seen {
  readonly type: string
  readonly length: string | undefined
  readonly body: Buffer
}

/** What a server gets of a form. */
async function sent(form: unknown): Promise<Seen> {
  const seen: Seen[] = []
  await using set = await scene(async (request, response) => {
    const { 'content-type': type = '', 'content-length': length } = request.headers
    seen.push({ type, length, body: await bodyOf(request) })
    response.end()
  })
  await set.api.post('/', form).discard()
  const [first] = seen
  if (first === undefined) throw new Error('nothing came')
  return first
}

/** Read back by Node's own parser. */
function parse({ type, body }: Seen): Promise<FormData> {
  return new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData()
}

/** A form as another library makes it: nothing of Node's classes. */
function foreignForm(entries: readonly (readonly [string, unknown])[]): unknown {
  return new ForeignForm(entries)
}

class ForeignForm {
  readonly [Symbol.toStringTag] = 'FormData'
  readonly #entries: readonly (readonly [string, unknown])[]

  constructor(entries: readonly (readonly [string, unknown])[]) {
    this.#entries = entries
  }

  entries(): Iterator<readonly [string, unknown]> {
    return this.#entries[Symbol.iterator]()
  }
}

function foreignFile(name: string, type: string, content: string): unknown {
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    await Promise.resolve()
    yield new TextEncoder().encode(content)
  }
  return { name, type, size: Buffer.byteLength(content), stream: chunks, [Symbol.toStringTag]: 'File' }
}

test('text and files arrive as they are, in order', async () => {
  const form = new FormData()
  form.append('a', '1')
  form.append('a', '2')
  form.append('ä ö', 'ü\u{1f600}')
  form.append('empty', '')
  form.append('file', new File(['hello'], 'h.txt', { type: 'text/plain' }))
  form.append('blob', new Blob([new Uint8Array([0, 13, 10, 255])]))
  const seen = await sent(form)
  expect(seen.length).toBe(String(seen.body.byteLength))
  const back = await parse(seen)
  expect(back.getAll('a')).toEqual(['1', '2'])
  expect(back.get('ä ö')).toBe('ü\u{1f600}')
  expect(back.get('empty')).toBe('')
  const [file, blob] = [back.get('file'), back.get('blob')]
  if (!(file instanceof File) || !(blob instanceof File)) throw new Error('no files')
  expect([file.name, file.type, await file.text()]).toEqual(['h.txt', 'text/plain', 'hello'])
  expect([blob.name, blob.type]).toEqual(['blob', 'application/octet-stream'])
  expect(new Uint8Array(await blob.arrayBuffer())).toEqual(new Uint8Array([0, 13, 10, 255]))
})

test('a form of another library is not sent empty, and its files keep their names', async () => {
  const seen = await sent(
    foreignForm([
      ['a', '1'],
      ['file', foreignFile('f.png', 'image/png', 'pixels')],
    ]),
  )
  const back = await parse(seen)
  expect(back.get('a')).toBe('1')
  const file = back.get('file')
  if (!(file instanceof File)) throw new Error('no file')
  expect([file.name, file.type, await file.text()]).toEqual(['f.png', 'image/png', 'pixels'])
})

test('an empty form is a form', async () => {
  const seen = await sent(new FormData())
  expect(seen.type).toMatch(/^multipart\/form-data; boundary=/)
  expect(seen.body.toString()).toMatch(/^--.*--\r\n$/)
})

test('line ends of text become CRLF', async () => {
  const form = new FormData()
  form.append('a', 'x\ny\rz\r\n')
  expect((await sent(form)).body.toString()).toContain('\r\n\r\nx\r\ny\r\nz\r\n\r\n--')
})

describe('names and filenames cannot make parts or headers of their own', () => {
  const evil = ['"', 'a"; filename="b', 'a\r\nx-evil: 1\r\n\r\nbody', 'a\nb', 'a\rb', 'a\\"b']

  test.each(evil)('%j', async (text) => {
    const form = new FormData()
    form.append(text, 'value')
    form.append('file', new File(['x'], text))
    const seen = await sent(form)
    const raw = seen.body.toString()
    expect(raw).not.toMatch(/^x-evil/m)
    expect(raw.match(/^content-disposition/gm)).toHaveLength(2)
    const back = await parse(seen)
    expect([...back.keys()]).toHaveLength(2)
    expect(back.get('file')).toBeInstanceOf(File)
  })

  test('nor can the type of a foreign file', async () => {
    const seen = await sent(foreignForm([['f', foreignFile('a', 'text/plain\r\nx-evil: 1', 'x')]]))
    expect(seen.body.toString()).not.toContain('x-evil')
    expect([...(await parse(seen)).keys()]).toEqual(['f'])
  })
})

test('the boundary cannot be guessed', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
  try {
    const form = new FormData()
    form.append('a', '1')
    const [one, two] = [await sent(form), await sent(form)]
    expect(one.type).not.toBe(two.type)
    const boundary = /boundary=(.*)$/.exec(one.type)?.[1] ?? ''
    expect(boundary.length).toBeGreaterThan(30)
    expect(boundary.length).toBeLessThanOrEqual(70)
  } finally {
    vi.restoreAllMocks()
  }
})
