import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeJson, type JsonReadOptions } from '../../src/json/index.ts'
import { anyOf, outcomeOf, sourceOf, utf8 } from '../text/source.ts'

const json = sourceOf('application/json')
const modes: readonly JsonReadOptions[] = [{}, { numbers: 'lossless', decimals: 'text' }]

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

/** Text that is JSON, or nearly. */
const jsonish = fc.oneof(
  fc.json({ maxDepth: 4 }),
  fc.string({ unit: anyOf('{}[]",:\\ \n-+.0123456789eEtruefalsnu/bx'), maxLength: 12 }),
  fc.tuple(fc.json({ maxDepth: 3 }), fc.nat(), anyOf('{}[]",:\\ \n\0-.0eEtnx\u00a0é')).map(([text, at, one]) => {
    const index = at % (text.length + 1)
    return text.slice(0, index) + one + text.slice(index + 1)
  }),
)

test('what JSON.parse takes is taken, what it refuses is refused, by both parsers', () => {
  fc.assert(
    fc.property(jsonish, (text) => {
      fc.pre(!/__proto__|prototype/.test(text))
      const expected = parsed(text)
      const plain = outcomeOf(() => decodeJson(utf8(text), json))
      if (expected === undefined) expect(plain).toHaveProperty('error')
      else expect(plain).toEqual(expected)
      for (const wrapped of [`[9007199254740993,${text}]`, `{"a":9007199254740993,"b":${text}}`]) {
        const own = outcomeOf(() => decodeJson(utf8(wrapped), json, { numbers: 'lossless' }))
        // A text such as `1,2` or `1,"c":2` is one only inside.
        expect('value' in own).toBe(parsed(wrapped) !== undefined)
      }
    }),
    { numRuns: 2000 },
  )
})

test('a text that is wrong always has a place, inside of it or at its end', () => {
  fc.assert(
    fc.property(jsonish, (text) => {
      const outcome = outcomeOf(() => decodeJson(utf8(text), json))
      if ('value' in outcome) return
      const { line = 0, column = 0, message } = outcome.error
      if (!message.includes('is not JSON')) return
      const lines = text.split(/\r\n|\r|\n/)
      expect(line).toBeGreaterThanOrEqual(1)
      expect(line).toBeLessThanOrEqual(lines.length)
      expect(column).toBeGreaterThanOrEqual(1)
      expect(column).toBeLessThanOrEqual(Array.from(lines[line - 1] ?? '').length + 1)
      // What comes before the place is the beginning of a JSON text: it is not wrong, it ends.
      const before = [
        ...lines.slice(0, line - 1),
        Array.from(lines[line - 1] ?? '')
          .slice(0, column - 1)
          .join(''),
      ].join('\n')
      const start = outcomeOf(() => decodeJson(utf8(before), json))
      if ('error' in start) expect(start.error.message).toMatch(/ends too early|begins with a zero|escape that JSON/)
    }),
    { numRuns: 1500 },
  )
})

test('any bytes are a value or a DecodeError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 30 }), fc.constantFrom(...modes), (bytes, options) => {
      for (const type of ['application/json', 'text/plain; charset=shift_jis', undefined]) {
        outcomeOf(() => decodeJson(bytes, sourceOf(type), options))
      }
    }),
    { numRuns: 1000 },
  )
})

test.each([
  '{"users":[{"name":"Ada \\u00e9 é 😀","n":-1.5e-7,"big":9007199254740993,"ok":[true,false,null]}], "e":{}}',
  '[1, 2.5, "x"]',
  '"text"',
])('cut at every byte: an error with a place (%s)', (text) => {
  const bytes = utf8(text)
  for (const options of modes) {
    for (let size = 0; size < bytes.byteLength; size += 1) {
      const outcome = outcomeOf(() => decodeJson(bytes.subarray(0, size), json, options))
      expect(outcome).toMatchObject({ error: { code: 'decode', line: 1, receivedBytes: size } })
      if ('error' in outcome) expect(outcome.error.message).toMatch(/ends too early|not valid UTF-8/)
    }
  }
})

test('messages hold nothing of the payload beyond the excerpt', () => {
  const secret = 'S3cr3tXyz'
  const place = fc.constantFrom<(inner: string) => string>(
    (inner) => `{"${secret}":${inner}}`,
    (inner) => `{"a":"${secret}","b":${inner}}`,
    (inner) => `["${secret}",${inner}]`,
    (inner) => `{"__proto__":"${secret}","x":${inner}}`,
    (inner) => `[${inner}]`,
  )
  const broken = fc.constantFrom(
    secret,
    `"${secret}`,
    `${secret}"`,
    '01',
    `"\\${secret}"`,
    '{',
    `"${secret}"x`,
    '1 2',
    '',
  )
  const excerptBytes = fc.constantFrom(0, 1, 2, 3, 5, 8)
  fc.assert(
    fc.property(fc.array(place, { maxLength: 4 }), broken, excerptBytes, fc.boolean(), (places, end, size, cutByte) => {
      const text = places.reduce<string>((inner, wrap) => wrap(inner), end)
      const bytes = cutByte ? Buffer.concat([utf8(text), Uint8Array.of(0xff)]) : utf8(text)
      const outcome = outcomeOf(() => decodeJson(bytes, json, { excerptBytes: size }))
      if ('value' in outcome) return
      const { message, path, cause, stack } = outcome.error
      expect(cause).toBeUndefined()
      // No run of the secret longer than what may be quoted.
      for (let at = 0; at + size + 1 <= secret.length; at += 1) {
        const piece = secret.slice(at, at + size + 1)
        if (piece.length < 3) continue
        for (const shown of [message, stack ?? '', JSON.stringify(outcome.error)]) expect(shown).not.toContain(piece)
      }
      if (size === 0) expect(path).toBeUndefined()
    }),
    { numRuns: 2000 },
  )
})
