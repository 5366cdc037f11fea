import fc from 'fast-check'
import { factoryBody } from '@halyard/core'
import { multipart, type MultipartBody, type Part, type PartBody, type PartInit } from '../../src/index.ts'
import { inPieces } from './messages.ts'

/** A part as it is meant, and as it is found: its content in latin1, or the parts in it. */
export interface PlainPart {
  readonly name: string | undefined
  readonly filename: string | undefined
  readonly contentId: string | undefined
  readonly mediaType: string | undefined
  readonly headers: readonly (readonly [string, string])[]
  readonly content: string | readonly PlainPart[]
}

/** A message as it is meant. */
export interface PlainMessage {
  readonly subtype: string
  readonly parts: readonly PlainPart[]
}

const word = fc.constantFrom(
  '\r',
  '\n',
  '\r\n',
  '--',
  '-',
  'b',
  '--b',
  '\r\n--b',
  '--halyard-',
  'é',
  '€',
  '😀',
  '"',
  '%',
  '\\',
  'x',
  ' ',
  '\0',
)
const content = fc.oneof(
  fc.array(word, { maxLength: 12 }).map((words) => Buffer.from(words.join(''))),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
)
const letter = fc.oneof(
  fc.constantFrom('"', '\\', ';', '=', '%', "'", ' ', '/', '\t', 'é', '€', '😀', '\r', '\n', '--'),
  fc.string({ minLength: 1, maxLength: 1 }),
)
const text = fc.string({ unit: letter, maxLength: 10 })
// oxlint-disable-next-line no-control-regex -- it is about them
const controls = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/g

/** Names that a form can hold; what a browser writes for `%22` is the same as for a quotation mark. */
export const formName: fc.Arbitrary<string> = text.map((one) =>
  one.replaceAll(controls, '').replaceAll(/%(22|0D|0A)/gi, ''),
)
const extraHeader = fc.tuple(
  fc.constantFrom('X-One', 'x-two', '--b', '__proto__', 'content-transfer-encoding'),
  fc.string({ unit: fc.constantFrom('a', ' ', ':', '"', 'é', '-'), maxLength: 8 }).map((value) => value.trim()),
)

function part(subtype: string, inner: fc.Arbitrary<string | readonly PlainPart[]>): fc.Arbitrary<PlainPart> {
  const isForm = subtype === 'form-data'
  return fc.record({
    name: isForm ? formName : fc.option(text, { nil: undefined }),
    filename: fc.option(isForm ? formName : text, { nil: undefined }),
    contentId: fc.option(fc.constantFrom('a@b', '1', '--b'), { nil: undefined }),
    mediaType: fc.constantFrom('text/plain', 'image/png', 'application/x; p="q;r"'),
    headers: fc.array(extraHeader, { maxLength: 3 }),
    content: inner,
  })
}

const subtype = fc.constantFrom('form-data', 'mixed', 'alternative', 'related', 'parallel', 'x-any')

/** Messages of any subtype, messages in them too; three deep at most. */
export const anyMessage: fc.Arbitrary<PlainMessage> = subtype.chain((outer) => messageOf(outer, 3))

function messageOf(outer: string, depth: number): fc.Arbitrary<PlainMessage> {
  const plain = content.map((bytes) => bytes.toString('latin1'))
  const nested = depth > 1 ? subtype.chain((inner) => messageOf(inner, depth - 1)).map(({ parts }) => parts) : plain
  const inner = fc.oneof({ weight: 4, arbitrary: plain }, { weight: 1, arbitrary: nested })
  return fc.record({ subtype: fc.constant(outer), parts: fc.array(part(outer, inner), { maxLength: 4 }) })
}

/** How the bytes of a part are given to the writer. */
export type Giving = (bytes: Buffer) => PartBody

const asBlob: Giving = (bytes) => new Blob([new Uint8Array(bytes)])

export const givings: readonly Giving[] = [
  (bytes) => new Uint8Array(bytes),
  asBlob,
  (bytes) => factoryBody(() => each(inPieces(bytes, 3)), { length: bytes.byteLength }),
  (bytes) => () => each(inPieces(bytes, 1)),
]

async function* each(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield await Promise.resolve(piece)
}

/** The subtype of messages inside is `mixed`, whose parts need no names. */
export function write(message: PlainMessage, give: Giving): MultipartBody {
  const parts = message.parts.map((one): PartInit => ({
    name: one.name,
    filename: one.filename,
    contentId: one.contentId,
    headers: one.headers,
    ...(typeof one.content === 'string'
      ? { mediaType: one.mediaType, body: give(Buffer.from(one.content, 'latin1')) }
      : { body: write({ subtype: 'mixed', parts: one.content }, give) }),
  }))
  return multipart(parts, { subtype: message.subtype })
}

/** What is to be found where a part was written; a Blob in a form has a file name in any case. */
export function found(one: PlainPart, isForm: boolean, give: Giving): PlainPart {
  const isPlain = typeof one.content === 'string'
  const filename = one.filename ?? (isForm && isPlain && give === asBlob ? 'blob' : undefined)
  return {
    ...one,
    filename: filename === undefined ? undefined : lastComponent(filename.toWellFormed()),
    name: one.name?.toWellFormed(),
    mediaType: isPlain ? one.mediaType : undefined,
    content: typeof one.content === 'string' ? one.content : one.content.map((inner) => found(inner, false, give)),
  }
}

function lastComponent(path: string): string {
  const name = (path.split(/[/\\]/).at(-1) ?? '').replaceAll('\0', '')
  return name === '.' || name === '..' ? '' : name
}

/** What was found, with the messages in it. */
export async function plain(parts: AsyncIterable<Part>): Promise<PlainPart[]> {
  const result: PlainPart[] = []
  for await (const one of parts) {
    const isMessage = one.mediaType?.type === 'multipart'
    result.push({
      name: one.name,
      filename: one.filename,
      contentId: one.contentId,
      mediaType: isMessage ? undefined : one.headers.get('content-type'),
      headers: [...one.headers].filter(([name]) => !/^content-(?:disposition|type|id)$/i.test(name)),
      content: isMessage ? await plain(one.parts()) : Buffer.from(await one.bytes()).toString('latin1'),
    })
  }
  return result
}
