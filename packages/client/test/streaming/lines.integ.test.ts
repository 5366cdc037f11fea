import { eachProtocol } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ConfigError, ndjson } from '../../src/index.ts'
import { echo, echoed, scene, textOf } from '../support/scene.ts'
import { rejection } from '../support/thrown.ts'

const Row = z.object({ id: z.number(), name: z.string() })

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = []
  for await (const item of items) list.push(item)
  return list
}

describe.each(eachProtocol)('over $name', (protocol) => {
  /** Sends back what came, as what it is. */
  const mirror = () =>
    scene(
      (request, response) => {
        response.setHeader('content-type', String(request.headers['content-type']))
        request.pipe(response)
      },
      {},
      protocol,
    )

  test('what ndjson() sends is what ndjson() reads, in both formats', async () => {
    await using set = await mirror()
    const rows = Array.from({ length: 3_000 }, (_, id) => ({ id, name: `Zeile ${id} \u2028 "\n` }))
    async function* slowly(): AsyncGenerator<unknown> {
      for (const row of rows) yield await Promise.resolve(row)
    }
    for (const format of ['lines', 'sequence'] as const) {
      for (const items of [rows, slowly(), slowly]) {
        expect(await collect(set.api.post('/', ndjson(items, { format })).ndjson(Row))).toEqual(rows)
      }
    }
  })

  test('a line comes when it is there, and leaving lets the rest go', async () => {
    let open = 0
    await using set = await scene(
      (_request, response) => {
        open += 1
        response.on('close', () => (open -= 1))
        response.setHeader('content-type', 'application/x-ndjson')
        response.write('{"id":1,"name":"a"}\n{"id":')
      },
      {},
      protocol,
    )
    for await (const row of set.api.get('/').ndjson(Row)) {
      expect(row).toEqual({ id: 1, name: 'a' })
      break
    }
    const rows = set.api.get('/').ndjson(Row)[Symbol.asyncIterator]()
    await rows.next()
    const pending = rows.next()
    await rows.return?.()
    expect(await pending).toEqual({ done: true, value: undefined })
  })
})

test('what is asked for, and the type of what is sent', async () => {
  await using set = await scene(echo)
  const seen = await echoed(set.api.post('/', ndjson([{ id: 1n }, null, 'x'])).json())
  expect(seen.headers['content-type']).toBe('application/x-ndjson')
  expect(textOf(seen)).toBe('{"id":1}\nnull\n"x"\n')
  const asked = await collect(set.api.get('/').ndjson())
  expect(asked).toMatchObject([{ headers: { accept: expect.stringContaining('application/x-ndjson') } }])
})

test('a schema encodes and checks each item that is sent', async () => {
  await using set = await scene(echo)
  const At = z.object({
    at: z.codec(z.iso.datetime(), z.date(), { decode: (text) => new Date(text), encode: (date) => date.toISOString() }),
  })
  const seen = await echoed(set.api.post('/', ndjson([{ at: new Date(0) }], { schema: At })).json())
  expect(textOf(seen)).toBe('{"at":"1970-01-01T00:00:00.000Z"}\n')
  expect(await rejection(set.api.post('/', ndjson([{ at: 5 }], { schema: At })).json())).toMatchObject({
    code: 'encode',
  })
  expect(await rejection(set.api.post('/', ndjson([() => 5])).json())).toMatchObject({ code: 'encode' })
})

test('errors name the line', async () => {
  const bodies: Readonly<Record<string, string>> = {
    '/json': '{"id":1,"name":"a"}\n\n{"id":',
    '/fit': '{"id":1,"name":"a"}\r\n{"id":"x","name":"b"}',
    '/proto': '{"id":1,"name":"a"}\n{"__proto__":{}}',
    '/long': `{"id":1,"name":"${'x'.repeat(2_000)}"}`,
  }
  await using set = await scene((request, response) => {
    response.setHeader('content-type', 'application/x-ndjson')
    response.end(bodies[String(request.url)])
  })
  const error = async (path: string): Promise<Error> => {
    const failure = await rejection(collect(set.api.get(path).ndjson(Row, { maxLineBytes: 1_000 })))
    if (failure instanceof Error) return failure
    throw new Error('no error')
  }
  expect(await error('/json')).toMatchObject({ code: 'decode', message: expect.stringContaining('line 3') })
  expect(await error('/fit')).toMatchObject({
    name: 'ValidationError',
    issues: [{ path: ['id'] }],
    message: expect.stringContaining('line 2'),
  })
  expect(await error('/proto')).toMatchObject({ code: 'decode', message: expect.stringContaining('line 2') })
  expect(await error('/long')).toMatchObject({ code: 'too-large', message: expect.stringContaining('line 1') })
})

test('options are refused before anything is sent', async () => {
  await using set = await scene((_request, response) => void response.end())
  for (const options of [{ maxLineBytes: 0 }, { maxLineByte: 5 }]) {
    expect(await rejection(set.api.get('/').ndjson(undefined, options)[Symbol.asyncIterator]().next())).toBeInstanceOf(
      ConfigError,
    )
  }
  expect(await rejection(set.api.post('/', ndjson('text' as never)).json())).toBeInstanceOf(ConfigError)
  expect(await rejection(set.api.post('/', ndjson([], { format: 'x' as never })).json())).toBeInstanceOf(ConfigError)
  expect(set.server.requests).toBe(0)
})
