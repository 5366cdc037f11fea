import { isHttpError, streamBody } from '@halyard/core'
import { abortListeners, eachProtocol, type ServerRequest } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { clientFor, gate, text, thrown, until } from './kit/client.ts'
import { checkLeaks, tidy } from './kit/tidy.ts'

checkLeaks()

const mebi = 1_048_576

/** Turns of the event loop, until nothing changes `value` any more. */
async function settled(value: () => number): Promise<number> {
  let last = -1
  let same = 0
  while (same < 200) {
    await new Promise((resolve) => void setImmediate(resolve))
    same = value() === last ? same + 1 : 0
    last = value()
  }
  return last
}

describe.each(eachProtocol)('over $name', ({ start }) => {
  /** Sends `total` bytes as fast as they are taken; counts them, and tells when the client has left. */
  const pouring = async (total: number) => {
    const facts = { accepted: 0, gone: false }
    const server = await tidy(
      start((_request, response) => {
        const chunk = Buffer.alloc(65_536, 'x')
        response.on('error', () => {})
        response.on('close', () => (facts.gone = true))
        const more = (): void => {
          while (facts.accepted < total && !response.destroyed) {
            facts.accepted += chunk.byteLength
            if (!response.write(chunk)) return
          }
          response.end()
        }
        response.on('drain', more)
        more()
      }),
    )
    return { server, facts }
  }

  test.each([
    ['who has not begun to read', false],
    ['who stopped reading', true],
  ])('the server’s writes stop for a reader %s, and all comes in the end', async (_who, begun) => {
    const total = 64 * mebi
    const { server, facts } = await pouring(total)
    await using open = server
    await using client = clientFor(open)
    const response = await client.api.get('/')
    const stream = response.body.stream()[Symbol.asyncIterator]()
    let got = begun ? ((await stream.next()).value?.byteLength ?? 0) : 0
    const held = await settled(() => facts.accepted)
    // The kernel's own buffers, both ends of them, are most of it.
    expect(held).toBeLessThan(16 * mebi)
    for (let next = await stream.next(); next.done !== true; next = await stream.next()) got += next.value.byteLength
    expect(got).toBe(total)
    expect(facts.accepted).toBe(total)
  })

  test('leaving the loop early closes the exchange, and the server hears of it', async () => {
    const { server, facts } = await pouring(1_024 * mebi)
    await using open = server
    await using client = clientFor(open)
    let chunks = 0
    for await (const _ of (await client.api.get('/')).body.stream()) {
      chunks += 1
      if (chunks === 3) break
    }
    await until(() => facts.gone, 'the server to hear of it')
    expect(facts.accepted).toBeLessThan(64 * mebi)
    await until(() => client.stats().active === 0)
  })

  test('a reader that throws closes the exchange, too', async () => {
    const { server, facts } = await pouring(1_024 * mebi)
    await using open = server
    await using client = clientFor(open)
    const mine = new Error('mine')
    const error = await thrown(async () => {
      for await (const _ of (await client.api.get('/')).body.stream()) throw mine
    })
    expect(error).toBe(mine)
    await until(() => facts.gone, 'the server to hear of it')
  })

  test('an abort while reading ends the stream with an error', async () => {
    const { server, facts } = await pouring(1_024 * mebi)
    await using open = server
    await using client = clientFor(open)
    const controller = new AbortController()
    const response = await client.api.get('/', { signal: controller.signal })
    let got = 0
    const error = await thrown(async () => {
      for await (const chunk of response.body.stream()) {
        got += chunk.byteLength
        if (got > mebi) controller.abort()
      }
    })
    expect(isHttpError(error, 'aborted')).toBe(true)
    expect(error.message).toContain('bytes of the body had arrived')
    await until(() => facts.gone, 'the server to hear of it')
    expect(abortListeners(controller.signal)).toBe(0)
  })

  /** Counts what is pulled from it, and whether it was stopped. */
  const source = (chunks = Infinity) => {
    const facts = { pulled: 0, stopped: false }
    async function* generate(): AsyncGenerator<Uint8Array> {
      try {
        while (facts.pulled < chunks) {
          facts.pulled += 1
          yield Buffer.alloc(65_536, 'x')
        }
        await Promise.resolve()
      } finally {
        facts.stopped = true
      }
    }
    return { body: streamBody(generate()), facts }
  }

  test('an upload to a server that does not read stays flat, and goes on when it does', async () => {
    const { opened, open } = gate()
    let bytes = 0
    await using server = await tidy(
      start(async (request, response) => {
        await opened
        for await (const chunk of request) bytes += (chunk as Uint8Array).byteLength
        response.end(String(bytes))
      }),
    )
    await using client = clientFor(server)
    const { body, facts } = source(1_024)
    const answer = text(client.api.request('POST', '/', { body }))
    await until(() => server.requests === 1)
    expect(await settled(() => facts.pulled)).toBeLessThan(300)
    open()
    expect(await answer).toBe(String(1_024 * 65_536))
    expect(facts).toEqual({ pulled: 1_024, stopped: true })
  })

  test.each<readonly [string, (request: ServerRequest) => void]>([
    ['the server dies', (request) => void request.socket.destroy()],
    ['the answer comes first', () => {}],
  ])('the source is stopped when %s', async (_when, act) => {
    await using server = await tidy(
      start((request, response) => {
        request.on('error', () => {})
        request.once('data', () => {
          act(request)
          if (!response.destroyed) response.end('early')
        })
      }),
    )
    await using client = clientFor(server)
    const { body, facts } = source()
    await client.api.request('POST', '/', { body }).then(text, (error: unknown) => {
      expect(isHttpError(error)).toBe(true)
    })
    await until(() => facts.stopped, 'the source to be stopped')
    expect(facts.pulled).toBeLessThan(2_000)
  })

  test('the source is stopped when the caller gives up', async () => {
    await using server = await tidy(
      start((request) => {
        request.on('error', () => {})
        request.resume()
      }),
    )
    await using client = clientFor(server)
    const controller = new AbortController()
    const facts = { stopped: false }
    async function* slow(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) {
          yield Buffer.from('x')
          await new Promise((resolve) => void setImmediate(resolve))
        }
      } finally {
        facts.stopped = true
      }
    }
    const failed = thrown(client.api.request('POST', '/', { body: streamBody(slow()), signal: controller.signal }))
    await until(() => server.requests === 1)
    controller.abort()
    expect(isHttpError(await failed, 'aborted')).toBe(true)
    await until(() => facts.stopped, 'the source to be stopped')
  })
})

test.each<readonly [string, () => unknown]>([
  [
    'throws',
    () => {
      throw new Error('no')
    },
  ],
  ['rejects', () => Promise.reject(new Error('no'))],
  ['is not a promise', () => ({ done: true })],
])('a source whose return() %s does not hold up an abort', async (_how, stop) => {
  const [h1] = eachProtocol
  if (h1 === undefined) throw new Error('no protocol')
  await using server = await tidy(h1.start((request) => void request.resume()))
  await using client = clientFor(server)
  const controller = new AbortController()
  const body = {
    contentType: undefined,
    length: undefined,
    replayable: false,
    open: () =>
      ({
        [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}), return: stop }),
      }) as unknown as AsyncIterable<Uint8Array>,
  }
  const failed = thrown(client.api.request('POST', '/', { body, signal: controller.signal }))
  await until(() => client.stats().active === 1)
  controller.abort()
  expect(isHttpError(await failed, 'aborted')).toBe(true)
  await until(() => client.stats().active === 0)
})
