import { isDeepStrictEqual } from 'node:util'
import type { RequestBody } from '@halyard/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeForm, formBody } from '../../src/form/index.ts'
import { decodeJson, jsonBody } from '../../src/json/index.ts'
import { bind, encodeBySchema, type Schema } from '../../src/record/index.ts'
import { decodeXml, xmlBody } from '../../src/xml/index.ts'
import { anySample, type Sample } from './any-record.ts'
import { sourceOf } from './source.ts'

/** These bodies are all in memory. */
async function bytesOf(body: RequestBody | Promise<RequestBody>): Promise<Uint8Array> {
  const opened = (await body).open()
  if (opened instanceof Uint8Array) return opened
  throw new Error('a stream')
}

const formats = {
  json: async (schema: Schema, value: unknown): Promise<unknown> => {
    const bytes = await bytesOf(jsonBody(value))
    const source = sourceOf('application/json')
    const options = { numbers: 'lossless' } as const
    return bind(schema, decodeJson(bytes, source, options), source, { ...options, format: 'json' })
  },
  xml: async (schema: Schema, value: unknown): Promise<unknown> => {
    const bytes = await bytesOf(xmlBody(value, { root: 'record' }))
    const source = sourceOf('application/xml')
    return bind(schema, decodeXml(bytes, source, { root: 'record' }), source, { format: 'xml' })
  },
  form: async (schema: Schema, value: unknown): Promise<unknown> => {
    const bytes = await bytesOf(formBody(value, {}))
    const source = sourceOf('application/x-www-form-urlencoded')
    return bind(schema, decodeForm(bytes, source), source, { format: 'form' })
  },
}

const refusals = ['BodyError', 'DecodeError', 'ValidationError']

/** `equal`, `different`, or the name of the error that refused. */
async function outcome(format: keyof typeof formats, { schema, value }: Sample): Promise<string> {
  try {
    const sent = await encodeBySchema(schema, value)
    return isDeepStrictEqual(await formats[format](schema, sent), value) ? 'equal' : 'different'
  } catch (error) {
    const name = String(Object(error).name)
    if (refusals.includes(name)) return name
    throw error
  }
}

const plain = fc.string({ unit: fc.constantFrom('a', 'b', 'Z', '0', '9', ' ', 'ä', '€', '😀') })
const nasty = fc.oneof(
  fc.constantFrom(
    ']]>',
    '&',
    '&amp;',
    '<b>',
    '"\'',
    '\r\n',
    '\t',
    ' ',
    '\u0000',
    '\u001b',
    '\ufeff',
    '\ud800',
    '=',
    '+',
    '%',
  ),
  fc.string({ unit: fc.oneof(fc.nat(0x9f), fc.nat(0xffff)).map((code) => String.fromCharCode(code)) }),
  plain,
)
const simpleNames = fc.stringMatching(/^[a-zA-Z_äß][a-zA-Z0-9_.-]{0,6}$/).filter((name) => name !== '__proto__')
// zod itself loses a field that is called `__proto__`.
const anyNames = fc
  .oneof(simpleNames, nasty, fc.constantFrom('constructor', '@a', '#text', 'a[b]', '0', ''))
  .filter((name) => name !== '__proto__')

describe.each(['xml', 'form'] as const)('%s', (format) => {
  const nulls = format === 'xml'

  test('any record of common names and text comes back equal', async () => {
    const sample = anySample({ names: simpleNames, text: plain, nulls, hollow: nulls, minusZero: nulls })
    await fc.assert(
      fc.asyncProperty(sample, async (one) => {
        expect(await outcome(format, one)).toBe('equal')
      }),
    )
  })

  test('any record at all comes back equal, or is refused by type', async () => {
    const sample = anySample({ names: anyNames, text: nasty, nulls: true, hollow: true, minusZero: nulls })
    await fc.assert(
      fc.asyncProperty(sample, async (one) => {
        expect(['equal', ...refusals]).toContain(await outcome(format, one))
      }),
    )
  })
})

test('json: any record at all comes back equal, or is refused by type', async () => {
  const sample = anySample({ names: anyNames, text: nasty, nulls: true, hollow: true, minusZero: false })
  await fc.assert(
    fc.asyncProperty(sample, async (one) => {
      expect(['equal', ...refusals]).toContain(await outcome('json', one))
    }),
  )
})
