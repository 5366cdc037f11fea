import { mockTransport, rawServer, reply } from '@halyard/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createClient, respond } from '../../src/index.ts'

/** Any text: every character, lone surrogates and controls as well. */
const anyText = fc.string({ unit: 'binary', maxLength: 20 })
const nastyText = fc.oneof(
  anyText,
  fc.string({ unit: fc.constantFrom('.', '/', '%', '\\', '2', 'e', 'f', '?', '#', '\r', '\n', '\0', ':', '@', ' ') }),
)

test('params never leave their segment, and arrive as they were', async () => {
  await fc.assert(
    fc.asyncProperty(nastyText, nastyText, async (a, b) => {
      const transport = mockTransport({})
      const api = createClient('http://a.test/v1', { transport })
      const sent = await api.get('/x/{a}/y/{b}', { params: { a, b } }).then(
        () => true,
        (error: unknown) => {
          expect(error).toMatchObject({ code: 'config' })
          return false
        },
      )
      if (!sent) {
        expect([a, b].some((text) => ['', '.', '..'].includes(text))).toBe(true)
        return
      }
      const url = new URL(transport.requests[0]?.url ?? '')
      const segments = url.pathname.split('/').slice(1)
      expect([url.origin, url.search, url.hash]).toEqual(['http://a.test', '', ''])
      expect([segments.length, segments[0], segments[1], segments[3]]).toEqual([5, 'v1', 'x', 'y'])
      expect([segments[2], segments[4]].map((text) => decodeURIComponent(text ?? ''))).toEqual([
        a.toWellFormed(),
        b.toWellFormed(),
      ])
    }),
    { numRuns: 500 },
  )
})

test('a query arrives as it was', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(nastyText, nastyText), { maxLength: 5 }), async (pairs) => {
      const transport = mockTransport({})
      const query = new Map(pairs.map(([name, value]) => [name.toWellFormed(), value.toWellFormed()]))
      await createClient('http://a.test', { transport }).get('/', { query: Object.fromEntries(query) })
      const url = new URL(transport.requests[0]?.url ?? '')
      expect(new Map(url.searchParams)).toEqual(query)
      expect(url.hash).toBe('')
    }),
    { numRuns: 300 },
  )
})

test('paths never lead to another host', async () => {
  await fc.assert(
    fc.asyncProperty(nastyText, async (text) => {
      const transport = mockTransport({})
      await createClient('http://a.test/v1', { transport })
        .get(text)
        .catch((error: unknown) => expect(error).toMatchObject({ code: 'config' }))
      for (const { url } of transport.requests) {
        expect(new URL(url).origin).toBe('http://a.test')
        expect(url).toMatch(/^http:\/\/a\.test\/v1(?:$|[/?])/)
        expect(url).not.toMatch(/[\0-\x20\x7f-\uffff#]/)
      }
    }),
    { numRuns: 1_000 },
  )
})

test('headers of any text are one line each, or refused', async () => {
  const heads: string[] = []
  await using server = await rawServer(async (connection) => {
    for (;;) {
      const { head } = await connection.receiveRequest()
      heads.push(head)
      await connection.send(reply())
    }
  })
  await using api = createClient(server.origin)
  const bare = await api.get('/').then(() => heads.pop()?.split('\r\n').length ?? 0)
  await fc.assert(
    fc.asyncProperty(
      nastyText,
      nastyText,
      fc.constantFrom('x-a', 'accept', 'user-agent', 'cookie'),
      async (name, value, known) => {
        for (const headers of [{ [name]: 'x' }, { [known]: value }]) {
          const sent = await api.get('/', { headers }).then(
            () => true,
            (error: unknown) => {
              expect(error).toMatchObject({ code: 'config', sent: 'no' })
              return false
            },
          )
          const head = heads.pop()
          expect(head === undefined).toBe(!sent)
          // None, for those that replace a default; one more for the rest.
          if (head !== undefined) expect(head.split('\r\n').length - bare).toBeLessThanOrEqual(1)
          if (head !== undefined) expect(head).not.toMatch(/[^\r]\n|\r[^\n]|\0/)
        }
      },
    ),
    { numRuns: 200 },
  )
})

/** Whether a key somewhere in it stands for a prototype: such a payload is refused. */
function namesPrototype(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(
    ([key, inner]) =>
      key === '__proto__' ||
      (key === 'constructor' && typeof inner === 'object' && inner !== null && Object.hasOwn(inner, 'prototype')) ||
      namesPrototype(inner),
  )
}

test('JSON goes there and comes back', async () => {
  const transport = mockTransport((request) => {
    const body = request.body?.open()
    return respond({ body: body instanceof Uint8Array ? body : '' })
  })
  const api = createClient('http://a.test', { transport })
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), async (value) => {
      fc.pre(value !== null && typeof value !== 'string')
      const sent: unknown = JSON.parse(JSON.stringify(value))
      const back = await api
        .post('/', value)
        .json()
        .catch((error: unknown) => error)
      if (namesPrototype(sent)) expect(back).toMatchObject({ name: 'DecodeError', code: 'decode' })
      else expect(back).toEqual(sent)
    }),
    { numRuns: 300, examples: [[JSON.parse('[{"__proto__":0}]')], [JSON.parse('{"constructor":{"prototype":{}}}')]] },
  )
})
