import { describe, expect, test } from 'vitest'
import { cutOutcomes, decode, outcomeOf, refusal, wholeOutcome } from './kit/decode.ts'
import { notWellFormed, wellFormed } from './kit/documents.ts'

describe('what is not well-formed is refused, and said where', () => {
  test.each(notWellFormed)('%s', (_words, document, place) => {
    const error = refusal(document)
    expect(`${error.line}:${error.column}`).toBe(place)
    expect(error.message).toContain(`(line ${error.line}, column ${error.column})`)
    expect(error.code).toBe('decode')
  })
})

describe('what is well-formed is taken', () => {
  test.each(wellFormed)('%s', (_words, document, root) => {
    const value = decode(document)
    expect(Object.values(value)).toEqual([root])
  })
})

const documents = [
  ...notWellFormed.map(([, document]) => document),
  ...wellFormed.map(([, document]) => document),
].filter((document) => document.length < 300)

test('a document is the same however it is cut', () => {
  for (const document of documents) expect(cutOutcomes(document)).toEqual(new Set([wholeOutcome(document)]))
})

test('a document that is cut off is an error, unless all that is missing comes after the root', () => {
  for (const [, document] of wellFormed) {
    const bytes = Buffer.from(document)
    const whole = decode(bytes)
    for (let end = 0; end < bytes.length; end += 1) {
      const rest = bytes.subarray(end).toString()
      const outcome = outcomeOf(() => decode(bytes.subarray(0, end)))
      if ('value' in outcome) {
        expect(outcome.value).toEqual(whole)
        expect(rest).toMatch(/^(?:\s|<!--.*?-->|<\?.*?\?>)*$/s)
      } else expect(outcome.error).toMatch(/\(line \d+, column \d+\)$/)
    }
  }
})
