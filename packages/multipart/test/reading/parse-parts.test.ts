import { describe, expect, test } from 'vitest'
import { parseAllParts, parseParts, rootPart } from '../../src/index.ts'
import { fromBytes, inPieces, message, outcomeOf, readAll, type, utf8, type ReadPart } from '../kit/messages.ts'

const part = (content: string, ...headers: [string, string][]): ReadPart => ({ headers, content })

/** Messages that are right, and what is in them. */
const good: [name: string, text: string, parts: ReadPart[]][] = [
  ['one part', '--b\nA: 1\n\nx\n--b--\n', [part('x', ['A', '1'])]],
  ['no line end behind the last delimiter', '--b\n\nx\n--b--', [part('x')]],
  ['no parts', '--b--\n', []],
  ['two parts', '--b\n\nx\n--b\nA:2\n\ny\n\n--b--\n', [part('x'), part('y\r\n', ['A', '2'])]],
  ['preamble and epilogue', 'This is\n MIME --b\n--b\n\nx\n--b--\nepilogue\n--b\n', [part('x')]],
  ['blanks behind delimiters', '--b \t\nA: 1\n\nx\n--b  \n\ny\n--b--  \n', [part('x', ['A', '1']), part('y')]],
  ['no content, no empty line of its own', '--b\nA: 1\n\n--b\n\n--b--', [part('', ['A', '1']), part('')]],
  ['no content', '--b\n\n\n--b\nA: 1\n\n\n--b--', [part(''), part('', ['A', '1'])]],
  [
    'content that looks like a delimiter',
    '--b\n\n--\n-\n--\r--a\n\n-- b\n--B\nx--b--\n--b--',
    [part('--\r\n-\r\n--\r--a\r\n\r\n-- b\r\n--B\r\nx--b--')],
  ],
  [
    'headers of all kinds',
    '--b\nX-A:  v \t\nx-a: w\nE:\nC: a:b\n\nx\n--b--',
    [part('x', ['X-A', 'v'], ['x-a', 'w'], ['E', ''], ['C', 'a:b'])],
  ],
  ['a message inside', '--b\nA: 1\n\n--c\n\nin\n--c--\n\n--b--', [part('--c\r\n\r\nin\r\n--c--\r\n', ['A', '1'])]],
]

describe.each(good)('%s', (_name, text, parts) => {
  const bytes = message(text)

  test('whole, and in pieces of any size', async () => {
    for (const size of [bytes.byteLength, 1, 2, 3, 5, 7, 11]) {
      expect(await outcomeOf(inPieces(bytes, size))).toEqual({ parts })
    }
  })

  test('in two pieces, cut anywhere, and with empty ones', async () => {
    for (let at = 0; at <= bytes.byteLength; at += 1) {
      const pieces = [bytes.subarray(0, at), new Uint8Array(), bytes.subarray(at)]
      expect(await outcomeOf(pieces)).toEqual({ parts })
    }
  })

  test('cut short anywhere before the last delimiter has ended', async () => {
    const end = Buffer.from(bytes).indexOf('--b--\r\n') === 0 ? 5 : Buffer.from(bytes).indexOf('\r\n--b--') + 7
    for (let at = 0; at < (end < 7 ? bytes.byteLength - 2 : end); at += 1) {
      const outcome = await outcomeOf([bytes.subarray(0, at)])
      const inPiecesToo = await outcomeOf(inPieces(bytes.subarray(0, at), 1))
      expect(outcome, `at ${at}`).toMatchObject({ error: { code: 'decode', receivedBytes: at } })
      expect(inPiecesToo, `at ${at}`).toMatchObject({ error: { code: 'decode' } })
    }
  })
})

test.each([
  ['text behind a delimiter', '--b x\n\ny\n--b--'],
  ['a longer boundary', '--bc\n\ny\n--b--'],
  ['text behind the last delimiter', '--b\n\ny\n--b--x'],
  ['a carriage return alone behind the last delimiter', '--b\n\ny\n--b--\rx'],
  ['one dash behind a delimiter', '--b\n\ny\n--b-\n\n--b--'],
  ['a folded header', '--b\nA: 1\n 2\n\ny\n--b--'],
  ['a header folded by a tab', '--b\nA: 1\n\t2\n\ny\n--b--'],
  ['blanks before the first header', '--b\n A: 1\n\ny\n--b--'],
  ['a line without a colon', '--b\nA\n\ny\n--b--'],
  ['a line without a name', '--b\n: x\n\ny\n--b--'],
  ['blanks before the colon', '--b\nA : x\n\ny\n--b--'],
  ['a name that is no token', '--b\nA b: x\n\ny\n--b--'],
  ['NUL in a header', '--b\nA: \0\n\ny\n--b--'],
  ['a carriage return in a header', '--b\nA: \rx\n\ny\n--b--'],
  ['no empty line', '--b\nA: 1\n--b--\n'],
  ['nothing', ''],
  ['no delimiter', 'some text'],
  ['no last delimiter', '--b\n\nx\n--b\n\ny\n'],
])('%s is an error', async (_name, text) => {
  const bytes = message(text)
  for (const size of [bytes.byteLength + 1, 1, 2, 3]) {
    expect(await outcomeOf(inPieces(bytes, size))).toMatchObject({ error: { code: 'decode', limit: undefined } })
  }
})

test('line feeds alone are no line ends', async () => {
  for (const text of ['--b\n\nx\n--b--\n', '--b\r\nA: 1\nB: 2\r\n\r\nx\r\n--b--', '--b\r\nA: 1\n\nx\r\n--b--']) {
    expect(await outcomeOf([utf8(text)])).toMatchObject({ error: { code: 'decode' } })
  }
})

test.each([
  [null, 'its content type is not multipart'],
  ['', 'its content type is not multipart'],
  ['text/plain; boundary=b', 'its content type is not multipart'],
  ['multipart/mixed', 'has no boundary'],
  ['multipart/mixed; boundary=', 'not valid'],
  ['multipart/mixed; boundary=""', 'not valid'],
  ['multipart/mixed; boundary="a "', 'not valid'],
  ['multipart/mixed; boundary="a\tb"', 'not valid'],
  ['multipart/mixed; boundary=ü', 'not valid'],
  [`multipart/mixed; boundary=${'a'.repeat(71)}`, 'not valid'],
])('content type %s', async (contentType, words) => {
  const outcome = await outcomeOf([message('--b--')], contentType)
  expect(outcome).toMatchObject({ error: { code: 'decode', message: expect.stringContaining(words) } })
})

test.each(["a'()+_,-./:=? b", '====', 'a*b;c', '-', '--', 'a'.repeat(70)])('boundary %s', async (boundary) => {
  const contentType = `multipart/x; charset=utf-8; Boundary="${boundary}"`
  const bytes = message(`--${boundary}\n\nx\n--${boundary}--`)
  for (const size of [1, 1000])
    expect(await outcomeOf(inPieces(bytes, size), contentType)).toEqual({ parts: [part('x')] })
})

test('header values in UTF-8, and in ISO-8859-1 where they are none', async () => {
  const bytes = Buffer.concat([message('--b\nA: ü€\nB: '), Buffer.from([0xfc]), message('\n\nx\n--b--')])
  expect(await outcomeOf([bytes])).toEqual({ parts: [part('x', ['A', 'ü€'], ['B', 'ü'])] })
})

test('what a part is', async () => {
  const bytes = message(
    '--b\nContent-Disposition: form-data; name="n"; filename="../a.txt"\nContent-Type: Text/HTML; charset=utf-8\n' +
      'Content-ID: <i@x>\nContent-Range: bytes 2-3/10\nContent-Transfer-Encoding: base64\n\neHg=\n--b\nContent-Disposition: ?\n\n\n--b--',
  )
  const [first, second] = await parseAllParts(bytes, type)
  expect(first).toMatchObject({
    name: 'n',
    filename: 'a.txt',
    contentId: 'i@x',
    mediaType: { essence: 'text/html' },
    disposition: { type: 'form-data' },
    contentRange: { first: 2, last: 3, total: 10 },
    isRoot: false,
  })
  expect(first?.headers.get('content-transfer-encoding')).toBe('base64')
  expect(await first?.text()).toBe('eHg=')
  // A part that says nothing of itself is there all the same.
  expect(second).toMatchObject({ name: undefined, filename: undefined, disposition: undefined, mediaType: undefined })
})

test('the root of a multipart/related', async () => {
  const bytes = message('--b\nContent-ID: <1>\n\nx\n--b\nContent-ID: <2>\n\ny\n--b--')
  const rootOf = async (parameters: string): Promise<string | undefined> => {
    const parts = await parseAllParts(bytes, `multipart/related; boundary=b${parameters}`)
    return rootPart(parts)?.contentId
  }
  expect(await rootOf('')).toBe('1')
  expect(await rootOf('; start="<2>"')).toBe('2')
  expect(await rootOf('; start=2')).toBe('2')
  expect(await rootOf('; start="<3>"')).toBeUndefined()
  expect(rootPart(await parseAllParts(bytes, type))).toBeUndefined()
})

test('messages in each other, as a stream and in memory', async () => {
  const inner = '--c\nA: 1\n\nin 1\n--c\n\nin 2\n--c--\n'
  const bytes = message(`--b\nContent-Type: multipart/mixed; boundary=c\n\n${inner}\n--b\n\nafter\n--b--`)
  for (const size of [1, 4, 1000]) {
    const seen: (ReadPart | ReadPart[])[] = []
    for await (const one of parseParts(inPieces(bytes, size), type)) {
      seen.push(one.mediaType?.type === 'multipart' ? await readAll(one.parts()) : part(await one.text()))
    }
    expect(seen).toEqual([[part('in 1', ['A', '1']), part('in 2')], part('after')])
  }
  const [held] = await parseAllParts(bytes, type)
  if (held === undefined) throw new Error('no part')
  for (let times = 0; times < 3; times += 1) expect(await readAll(held.parts())).toHaveLength(2)
  expect(fromBytes(await held.bytes())).toBe(inner.replaceAll('\n', '\r\n'))
})

test('an inner message that is cut short is its own error; the outer one goes on', async () => {
  const bytes = message('--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nin\n--b\n\nafter\n--b--')
  const iterator = parseParts(inPieces(bytes, 3), type)
  const outer = await iterator.next()
  await expect(readAll(outer.value?.parts() ?? iterator)).rejects.toThrow('cut short')
  const next = await iterator.next()
  expect(await next.value?.text()).toBe('after')
  expect((await iterator.next()).done).toBe(true)
})

test('time is in proportion to the length: look-alikes in chunks of one byte', { timeout: 60_000 }, async () => {
  const boundary = '-'.repeat(70)
  const content = `\r\n${'-'.repeat(71)}`.repeat(3000)
  const bytes = utf8(`--${boundary}\r\n\r\n${content}\r\n--${boundary}--`)
  const started = process.cpuUsage()
  const outcome = await outcomeOf(inPieces(bytes, 1), `multipart/mixed; boundary="${boundary}"`)
  expect('parts' in outcome && outcome.parts[0]?.content === content).toBe(true)
  const long = message(`--b\nA: ${'x'.repeat(500_000)}\n\n\n--b--`)
  expect(await outcomeOf(inPieces(long, 1), type, { maxHeaderBytes: 1_000_000 })).toMatchObject({ parts: [{}] })
  expect(process.cpuUsage(started).user).toBeLessThan(8_000_000)
})
