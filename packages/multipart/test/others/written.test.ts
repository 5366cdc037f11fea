import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formDataBody, multipart, type MultipartBody, type PartInit } from '../../src/index.ts'
import { formName } from '../kit/any-message.ts'
import { written } from '../kit/messages.ts'
import {
  byBusboy,
  byFormidable,
  byMultiparty,
  byNode,
  byUs,
  unescaped,
  type Field,
  type Parse,
} from '../kit/parsers.ts'

const boundary = 'halyard-b1'

/** What is hard on a parser: line ends, quotes, UTF-8, and whatever the boundary begins with or is made of. */
const word = fc.constantFrom(
  '\r',
  '\n',
  '\r\n',
  '\r\n-',
  '\r\n--',
  '\r\n--halyard-',
  '\r\n--halyard-b2',
  boundary,
  `\r\n-${boundary}`,
  `- -${boundary}--`,
  '"',
  '%22',
  'é',
  '€',
  '😀',
  'x',
)
const text = fc.array(word, { maxLength: 10 }).map((words) => words.join(''))
const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array).toString('latin1'))

/** Without separators of folders and backslashes, which parsers take off in ways of their own. */
const name = formName.map((one) => one.replaceAll(/[\\/]/g, ''))

const field = fc.record({
  name: name.map((one) => `n${one}`),
  filename: fc.constant(undefined),
  mediaType: fc.constant(undefined),
  content: text.map((one) => Buffer.from(one).toString('latin1')),
})
const file = fc.record({
  name: name.map((one) => `n${one}`),
  filename: name.map((one) => `f${one}`),
  mediaType: fc.constantFrom('image/png', 'application/octet-stream', 'text/plain'),
  content: fc.oneof(
    bytes,
    text.map((one) => Buffer.from(one).toString('latin1')),
  ),
})
const form: fc.Arbitrary<Field[]> = fc.array(fc.oneof(field, file), { maxLength: 5 })

function bodyOf(fields: readonly Field[], own: string | undefined): MultipartBody {
  const parts = fields.map(({ content, ...rest }): PartInit => ({
    ...rest,
    body: new Uint8Array(Buffer.from(content, 'latin1')),
  }))
  // A media type is written for bytes; text has none.
  const bare = parts.map((part, at) =>
    part.mediaType === undefined
      ? { ...part, body: Buffer.from(fields[at]?.content ?? '', 'latin1').toString() }
      : part,
  )
  return multipart(bare, { boundary: own })
}

const node = "Node's Response.formData"
const parsers: Readonly<Record<string, Parse>> = {
  busboy: byBusboy,
  formidable: byFormidable,
  multiparty: byMultiparty,
  [node]: byNode,
}

describe.each(Object.entries(parsers))('what we write, %s reads as we do', (who, parse) => {
  test.each([undefined, boundary])('with boundary %s', { timeout: 60_000 }, async (own) => {
    await fc.assert(
      fc.asyncProperty(form, async (meant) => {
        const holds = (needle: string): boolean => meant.some(({ content }) => content.includes(needle))
        // A boundary that occurs is refused; one of ours cannot be foreseen, so none of these holds it.
        if (own !== undefined && holds(`--${own}`)) {
          expect(() => bodyOf(meant, own)).toThrow('one that does not occur')
          return
        }
        // It looks for the boundary without its dashes, and takes content that names it for the end.
        if (who === node && own !== undefined && holds(own)) return
        const body = bodyOf(meant, own)
        const sent = await written(body)
        const ours = await byUs(sent, body.contentType)
        expect(ours).toEqual(
          meant.map((one) => ({ ...one, name: one.name?.toWellFormed(), filename: one.filename?.toWellFormed() })),
        )
        const theirs = await parse(sent, body.contentType)
        const plain = theirs?.map((one) => ({ ...one, name: unescaped(one.name), filename: unescaped(one.filename) }))
        expect(plain).toEqual(ours)
      }),
      { numRuns: 300 },
    )
  })
})

test('a FormData of Node', async () => {
  const data = new FormData()
  data.append('a"\r\nb', 'x\ny')
  data.append('f', new File(['\0\r\n--'], 'ü".bin', { type: 'image/png' }))
  const body = formDataBody(data)
  const sent = await written(body)
  expect(await byNode(sent, body.contentType ?? '')).toEqual([
    { name: 'a"\r\nb', filename: undefined, mediaType: undefined, content: 'x\r\ny' },
    { name: 'f', filename: 'ü".bin', mediaType: 'image/png', content: '\0\r\n--' },
  ])
})
