import { createParser } from 'eventsource-parser'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseEvents, type ServerSentEvent } from '../../src/events/index.ts'
import { allSplits, collect, splitAt, streamOf, utf8 } from './kit/chunks.ts'
import { reference } from './kit/reference.ts'

function parsed(chunks: readonly Uint8Array[], comments = false): Promise<ServerSentEvent[]> {
  return collect(parseEvents(streamOf(...chunks), { comments }))
}

function message(data: string, id = ''): ServerSentEvent {
  return { event: 'message', id, data, retry: undefined }
}

/** Streams with the events that the standard finds in them. */
const cases: readonly (readonly [name: string, stream: string, events: readonly ServerSentEvent[]])[] = [
  ['nothing', '', []],
  ['one event', 'data: x\n\n', [message('x')]],
  ['several lines of data', 'data: YHOO\ndata: +2\ndata: 10\n\n', [message('YHOO\n+2\n10')]],
  ['one space is dropped, no more', 'data:  x \n\ndata:x\n\n', [message(' x '), message('x')]],
  ['a colon in the value', 'data: a: b\n\n', [message('a: b')]],
  ['data without a value', 'data\n\ndata\ndata\n\ndata:', [message(''), message('\n')]],
  ['no data, no event', 'event: x\nid: 1\n\ndata: y\n\n', [message('y', '1')]],
  ['a type', 'event: add\ndata: 1\n\ndata: 2\n\n', [{ ...message('1'), event: 'add' }, message('2')]],
  ['an empty type', 'event: add\nevent:\ndata: 1\n\n', [message('1')]],
  ['an id stays', 'id: 7\ndata: 1\n\ndata: 2\n\n', [message('1', '7'), message('2', '7')]],
  ['an id is taken back', 'id: 7\ndata: 1\n\nid\ndata: 2\n\n', [message('1', '7'), message('2')]],
  ['an id with NUL is ignored', 'id: 7\nid: 8\0\ndata: 1\n\n', [message('1', '7')]],
  ['retry', 'retry: 250\n\ndata: 1\n\ndata: 2\n\n', [{ ...message('1'), retry: 250 }, message('2')]],
  ['retry that is none', 'retry: 1.5\nretry: -1\nretry:\nretry: 0x1\nretry: 1 \ndata: 1\n\n', [message('1')]],
  ['retry beyond integers', `retry: ${'9'.repeat(400)}\ndata\n\n`, [{ ...message(''), retry: 2 ** 53 - 1 }]],
  ['unknown fields and other cases', 'Data: x\n data: x\ndatax: x\ndat: x\nDATA\nx\n\ndata: y\n\n', [message('y')]],
  ['comments', ': x\n:\n:data: x\n\ndata: y\n: z\n\n', [message('y')]],
  ['an event that is not finished', 'data: x\n\nid: 1\ndata: y\n', [message('x')]],
  ['a byte order mark', '\uFEFFdata: x\n\n', [message('x')]],
  ['a second byte order mark is text', '\uFEFF\uFEFFdata: x\n\ndata: y\n\n', [message('y')]],
  ['a byte order mark elsewhere is text', 'data: \uFEFFx\n\n\uFEFFdata: y\n\n', [message('\uFEFFx')]],
  ['what looks like a byte order mark in another encoding', 'ï»¿data: x\n\ndata: y\n\n', [message('y')]],
  ['characters of two, three and four bytes', 'data: é€😀\nid: ü\n\n', [message('é€😀', 'ü')]],
  ['many blank lines', '\n\n\ndata: x\n\n\n\n', [message('x')]],
]

describe.each([
  ['LF', '\n'],
  ['CR', '\r'],
  ['CRLF', '\r\n'],
])('lines that end with %s', (_name, lineEnd) => {
  test.each(cases)('%s', async (_case, stream, events) => {
    const bytes = utf8(stream.replaceAll('\n', lineEnd))
    expect(reference(bytes)).toEqual(events)
    for (const chunks of allSplits(bytes)) expect(await parsed(chunks)).toEqual(events)
  })
})

test('line ends of all kinds in one stream, split everywhere', async () => {
  const bytes = utf8('data: 1\r\r\ndata: 2\n\rdata: 3\r\n\r\ndata: 4\r\n\ndata: 5\n\r\ndata: 6\r\rdata: 7\n\n')
  const events = ['1', '2', '3', '4', '5', '6', '7'].map((data) => message(data))
  for (const chunks of allSplits(bytes)) expect(await parsed(chunks)).toEqual(events)
})

test('an event is there with its last CR, before anything follows', async () => {
  const events = parseEvents(streamOf(utf8('data: x\r\n\r'), utf8('\ndata: y\r\n\r\n')))[Symbol.asyncIterator]()
  expect(await events.next()).toMatchObject({ value: { data: 'x' } })
  expect(await events.next()).toMatchObject({ value: { data: 'y' } })
})

test('a stream that is cut anywhere gives the events whose blank line has come', async () => {
  const stream = utf8('id: 1\nevent: a\ndata: é\n\nid: 2\r\ndata: 2\r\n\r\nretry: 5\rid: 3\rdata: 3\r\r')
  for (let end = 0; end <= stream.byteLength; end += 1) {
    const bytes = stream.subarray(0, end)
    expect(await parsed([bytes])).toEqual(reference(bytes))
  }
})

describe('comments on request', () => {
  test('come when they are there, each by itself', async () => {
    const stream = utf8('id: 1\ndata: x\n\n: ping\ndata: a\n:\ndata: b\n\n::z\n')
    const expected = [
      message('x', '1'),
      { event: '', id: '1', data: '', retry: undefined, comment: 'ping' },
      { event: '', id: '1', data: '', retry: undefined, comment: '' },
      message('a\nb', '1'),
      { event: '', id: '1', data: '', retry: undefined, comment: ':z' },
    ]
    expect(reference(stream, true)).toEqual(expected)
    for (const chunks of allSplits(stream)) expect(await parsed(chunks, true)).toEqual(expected)
  })
})

const piece = fc.oneof(
  fc.constantFrom('data', 'event', 'id', 'retry', 'data: ', 'event: ', 'id: ', 'retry: ', 'retry: 12\n', 'dat', ':'),
  fc.constantFrom('\n', '\r', '\r\n', '\n\n', '\r\r', '\r\n\r\n', ' ', '\0', '\uFEFF', 'é', '😀', 'x', '1'),
)
const text = fc.array(fc.oneof({ weight: 20, arbitrary: piece }, { weight: 1, arbitrary: fc.string() }), {
  maxLength: 40,
})
const streamBytes = text.map((pieces) => utf8(pieces.join('')))
const brokenBytes = fc
  .array(
    fc.oneof(
      piece.map(utf8),
      fc.uint8Array({ maxLength: 3 }),
      fc.constantFrom(
        ...[
          [0xef, 0xbb],
          [0xe2, 0x82],
          [0xf0, 0x9f],
          [0xc0, 0x80],
        ].map((bytes) => Uint8Array.from(bytes)),
      ),
    ),
    { maxLength: 30 },
  )
  .map((pieces) => Uint8Array.from(Buffer.concat(pieces)))
const places = fc.array(fc.nat({ max: 1000 }), { maxLength: 10 })

test('any stream, in any pieces, has the events of the standard', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(streamBytes, brokenBytes), places, fc.boolean(), async (bytes, cuts, comments) => {
      expect(await parsed(splitAt(bytes, cuts), comments)).toEqual(reference(bytes, comments))
    }),
    { numRuns: 3000 },
  )
})

/** What the parser of the ecosystem finds. It takes text, drops a byte order mark itself, and keeps no id. */
function others(chunks: readonly Uint8Array[]): { event: string; id: string; data: string }[] {
  const events: { event: string; id: string; data: string }[] = []
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  let id = ''
  const parser = createParser({
    onId: (given: string) => {
      id = given
    },
    onEvent: ({ event = 'message', data }) => void events.push({ event, id, data }),
  })
  for (const chunk of chunks) parser.feed(decoder.decode(chunk, { stream: true }))
  return events
}

test('eventsource-parser finds the same events', async () => {
  await fc.assert(
    fc.asyncProperty(streamBytes, places, async (bytes, cuts) => {
      const chunks = splitAt(bytes, cuts)
      const ours = await parsed(chunks)
      expect(ours.map(({ event, id, data }) => ({ event, id, data }))).toEqual(others(chunks))
    }),
    { numRuns: 1000 },
  )
})
