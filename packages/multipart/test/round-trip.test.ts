import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MultipartError, parseParts } from '../src/index.ts'
import { anyMessage, found, givings, plain, write } from './kit/any-message.ts'
import { inPieces, outcomeOf, readAll, written } from './kit/messages.ts'

test(
  'what is written is read: any subtype, messages in messages, any source, in pieces of any size',
  { timeout: 60_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        anyMessage,
        fc.constantFrom(...givings),
        fc.integer({ min: 1, max: 80 }),
        async (message, give, size) => {
          const body = write(message, give)
          const bytes = await written(body)
          if (body.length !== undefined) expect(bytes.byteLength).toBe(body.length)
          expect(await written(body)).toEqual(bytes)
          const parts = await plain(parseParts(inPieces(bytes, size), body.contentType))
          expect(parts).toEqual(message.parts.map((part) => found(part, message.subtype === 'form-data', give)))
        },
      ),
      { numRuns: 400 },
    )
  },
)

test('a message that is cut anywhere is an error; whole, the same in any pieces', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      anyMessage,
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      async (message, share) => {
        const body = write(message, (bytes) => new Uint8Array(bytes))
        const bytes = await written(body)
        // The line end behind the last delimiter may be missing.
        const cut = bytes.subarray(0, Math.floor((bytes.byteLength - 2) * share))
        for (const size of [1, 7, 1000]) {
          expect(await outcomeOf(inPieces(cut, size), body.contentType)).toMatchObject({ error: { code: 'decode' } })
        }
        expect(await outcomeOf(inPieces(bytes, 1), body.contentType)).toEqual(
          await outcomeOf([bytes], body.contentType),
        )
      },
    ),
    { numRuns: 200 },
  )
})

const piece = fc.oneof(
  fc.constantFrom(
    '--b',
    '\r\n--b',
    '--b--',
    '\r\n',
    '\r',
    '\n',
    '-',
    ' ',
    '\t',
    'A: 1',
    ':',
    'A',
    '\0',
    'x',
    '--c',
    '\r\n\r\n',
  ),
  fc.constantFrom('content-type: multipart/x; boundary=c', 'content-disposition: form-data; name="'),
  fc.uint8Array({ minLength: 1, maxLength: 4 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
)

test('any bytes are parts or an error of ours, the same in any pieces', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 24 }),
      fc.integer({ min: 1, max: 9 }),
      fc.boolean(),
      async (pieces, size, begun) => {
        const bytes = Buffer.from(`${begun ? '--b\r\n' : ''}${pieces.join('')}`, 'latin1')
        const whole = await outcomeOf([bytes])
        const cut = await outcomeOf(inPieces(bytes, size))
        const shown = (outcome: typeof whole): unknown => ('error' in outcome ? outcome.error.message : outcome.parts)
        expect(shown(cut)).toEqual(shown(whole))
      },
    ),
    { numRuns: 2000 },
  )
})

test('messages inside of any bytes fail alone', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
      const inner = pieces.join('').replaceAll('--b', '')
      const text = `--b\r\ncontent-type: multipart/x; boundary=c\r\n\r\n${inner}\r\n--b\r\n\r\nafter\r\n--b--`
      const parts = parseParts(inPieces(Buffer.from(text, 'latin1'), 5), 'multipart/mixed; boundary=b')
      const { value } = await parts.next()
      if (value === undefined) throw new Error('no part')
      try {
        await readAll(value.parts())
      } catch (error) {
        expect(error).toBeInstanceOf(MultipartError)
      }
      const next = await parts.next()
      expect(await next.value?.text()).toBe('after')
    }),
    { numRuns: 500 },
  )
})

test('1e5 parts, and as many as the limit allows', { timeout: 60_000 }, async () => {
  const bytes = Buffer.from(`${'--b\r\n\r\nx\r\n'.repeat(100_000)}--b--`)
  const type = 'multipart/mixed; boundary=b'
  expect(await outcomeOf(inPieces(bytes, 65_536), type)).toMatchObject({
    error: { code: 'too-large', limit: 'maxParts' },
  })
  let count = 0
  for await (const part of parseParts(inPieces(bytes, 65_536), type, { maxParts: 100_000 })) {
    count += 1
    if (count === 1) expect(await part.text()).toBe('x')
  }
  expect(count).toBe(100_000)
})
