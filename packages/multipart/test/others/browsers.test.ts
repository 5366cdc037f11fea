import { expect, test } from 'vitest'
import { parseAllParts, parseParts, type Part } from '../../src/index.ts'
import { browserForms } from '../kit/browser-forms.ts'
import { inPieces } from '../kit/messages.ts'

async function entered(parts: AsyncIterable<Part> | Iterable<Part>): Promise<unknown[]> {
  const found: unknown[] = []
  for await (const part of parts) {
    const content = Buffer.from(await part.bytes()).toString('latin1')
    found.push([part.name, part.filename, part.headers.get('content-type'), content])
  }
  return found
}

test.each(browserForms)('$browser', async ({ contentType, bytes, entered: expected }) => {
  for (const size of [bytes.byteLength, 1, 2, 3, 61]) {
    expect(await entered(parseParts(inPieces(bytes, size), contentType))).toEqual(expected)
  }
  for (let at = 0; at <= bytes.byteLength; at += 1) {
    const pieces = [bytes.subarray(0, at), bytes.subarray(at)]
    expect(await entered(await parseAllParts(pieces, contentType))).toEqual(expected)
  }
})
