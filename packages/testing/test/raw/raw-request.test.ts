import fc from 'fast-check'
import { expect, test } from 'vitest'
import { IncomingBytes } from '../../src/raw/incoming-bytes.ts'
import { takeRequest } from '../../src/raw/raw-request.ts'
import { ConnectionEnded } from '../../src/index.ts'

/** Cuts bytes at the given places. */
function slices(bytes: Buffer, places: readonly number[]): readonly Buffer[] {
  const cuts = [0, ...places.map((place) => place % bytes.byteLength).toSorted((left, right) => left - right)]
  return cuts.map((from, index) => bytes.subarray(from, cuts[index + 1] ?? bytes.byteLength))
}

function chunked(pieces: readonly Uint8Array[]): Buffer {
  const chunks = pieces
    .filter(({ byteLength }) => byteLength > 0)
    .map((piece) => Buffer.concat([Buffer.from(`${piece.byteLength.toString(16)}\r\n`), piece, Buffer.from('\r\n')]))
  return Buffer.concat([...chunks, Buffer.from('0\r\n\r\n')])
}

test('a request is the same however its bytes are cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 5 }),
      fc.boolean(),
      fc.array(fc.nat(), { maxLength: 20 }),
      async (pieces, inChunks, places) => {
        const body = Buffer.concat(pieces)
        const framing = inChunks ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.byteLength}`
        const head = `POST /x HTTP/1.1\r\nHost: a\r\n${framing}\r\n\r\n`
        const incoming = new IncomingBytes()
        const taken = takeRequest(incoming)
        const bytes = Buffer.concat([Buffer.from(head), inChunks ? chunked(pieces) : body])
        for (const slice of slices(bytes, places)) incoming.push(slice)
        const request = await taken
        expect(request.head).toBe(head)
        expect(request.headers[0]).toEqual(['Host', 'a'])
        expect(Buffer.from(request.body).equals(body)).toBe(true)
      },
    ),
  )
})

test('who waits when the bytes end, or begins to wait then, is told', async () => {
  const incoming = new IncomingBytes()
  const waiting = takeRequest(incoming)
  incoming.push(Buffer.from('GET / HT'))
  incoming.end()
  await expect(waiting).rejects.toBeInstanceOf(ConnectionEnded)
  await expect(incoming.takeCount(9, '9 bytes')).rejects.toThrow('waited for 9 bytes')
  expect((await incoming.takeCount(3, '3 bytes')).toString()).toBe('GET')
})
