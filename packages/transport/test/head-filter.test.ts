import { Duplex } from 'node:stream'
import type { Socket } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HeadFilter } from '../src/http1/head-filter.ts'

/** Feeds `bytes`, split at `cuts`, through a filter over a stream; what came out, and how many `100` were taken out. */
async function filtered(
  bytes: string,
  cuts: readonly number[],
): Promise<{ readonly out: string; readonly taken: number }> {
  const stream = new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => done() })
  const filter = new HeadFilter(stream as Socket, { statusLineBytes: 200, headerBytes: 2_000 })
  let taken = 0
  filter.expect({ target: 'GET http://x/', onContinue: () => (taken += 1) })
  const out: Buffer[] = []
  stream.on('readable', () => {
    for (let chunk: Buffer | null = stream.read(); chunk !== null; chunk = stream.read()) out.push(chunk)
  })
  const points = [0, ...new Set(cuts)].toSorted((left, right) => left - right)
  for (const [at, point] of points.entries()) {
    stream.push(Buffer.from(bytes.slice(point, points[at + 1]), 'latin1'))
    await new Promise((resolve) => void setImmediate(resolve))
  }
  stream.destroy()
  return { out: Buffer.concat(out).toString('latin1'), taken }
}

const field = fc
  .tuple(fc.stringMatching(/^[a-zA-Z][a-zA-Z-]{0,8}$/), fc.stringMatching(/^[!-~]{0,12}$/))
  .map(([name, value]) => `${name}: ${value}\r\n`)
const fields = fc.array(field, { maxLength: 3 }).map((lines) => `${lines.join('')}\r\n`)
const interim = fc.tuple(fc.constantFrom('100 Continue', '100', '102 Processing', '103 Early Hints', '199 '), fields)
const final = fc.tuple(
  fc.constantFrom('HTTP/1.1', 'HTTP/1.0'),
  fc.constantFrom('200 OK', '204 No Content', '301 ', '404', '500 Oh no'),
  fields,
  fc.string({ maxLength: 30 }),
)

test('what comes out is what went in, less 100 Continue, wherever it is split', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(interim, { maxLength: 4 }),
      final,
      fc.array(fc.nat(300), { maxLength: 6 }),
      async (before, [version, status, head, body], cuts) => {
        const heads = before.map(([line, lines]) => ({ line, bytes: `HTTP/1.1 ${line}\r\n${lines}` }))
        const answer = `${version} ${status}\r\n${head}${Buffer.from(body).toString('latin1')}`
        const bytes = heads.map((one) => one.bytes).join('') + answer
        const { out, taken } = await filtered(
          bytes,
          cuts.filter((cut) => cut < bytes.length),
        )
        const hundreds = heads.filter(({ line }) => line.startsWith('100'))
        expect(out).toBe(
          heads
            .filter(({ line }) => !line.startsWith('100'))
            .map((one) => one.bytes)
            .join('') + answer,
        )
        expect(taken).toBe(hundreds.length)
      },
    ),
    { numRuns: 300 },
  )
})

test('any bytes come out as they are, or end the stream, once they cannot be an interim answer', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ maxLength: 100 }), fc.array(fc.nat(99), { maxLength: 4 }), async (text, cuts) => {
      const bytes = `X${Buffer.from(text).toString('latin1')}`
      const { out } = await filtered(
        bytes,
        cuts.filter((cut) => cut < bytes.length),
      )
      expect(out).toBe(bytes)
    }),
    { numRuns: 100 },
  )
})
