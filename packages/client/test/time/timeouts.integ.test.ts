import { eachProtocol, leakCheck, rawServer, type RawConnection } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { createClient, type ClientConfig, type HttpClient } from '../../src/index.ts'
import { scene } from '../support/scene.ts'
import { rejection } from '../support/thrown.ts'

/** How late an error may be. Machines that run many tests at once are slow to turn round. */
const slackMs = 50

/** Fails with a timeout, and tells how long that took. */
async function timed(work: () => PromiseLike<unknown>): Promise<{ error: unknown; tookMs: number }> {
  const startedAt = performance.now()
  const error = await rejection(work())
  return { error, tookMs: performance.now() - startedAt }
}

/** The best of a few: what is measured is the client, not the machine. */
async function within(limitMs: number, work: () => PromiseLike<unknown>): Promise<unknown> {
  let last = await timed(work)
  for (let tries = 1; tries < 4 && last.tookMs > limitMs + slackMs; tries += 1) last = await timed(work)
  expect(last.tookMs).toBeGreaterThanOrEqual(limitMs - 2)
  expect(last.tookMs).toBeLessThanOrEqual(limitMs + slackMs)
  return last.error
}

/** Answers with a head, and then a byte each 20 ms for ever. */
async function drip(connection: RawConnection): Promise<void> {
  await connection.receiveRequest()
  await connection.send('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n')
  await connection.sendSlowly('x'.repeat(100_000), { everyMs: 20 })
}

async function against(
  script: (connection: RawConnection) => void | Promise<void>,
  config: ClientConfig,
  work: (api: HttpClient) => Promise<void>,
): Promise<void> {
  await using leaks = leakCheck({ withinMs: 2_000 })
  await using server = await rawServer(script)
  const api = createClient(server.origin, { retry: false, ...(config as object) })
  try {
    await work(api)
  } finally {
    await api.destroy()
    await server.close()
    await leaks.check()
  }
}

/** With layers of others the facade keeps the time; without, the transport does. */
const keepers: readonly (readonly [string, ClientConfig])[] = [
  ['kept by the transport', {}],
  ['kept by the facade, for an attempt layer', { use: { attempt: [{ name: 'other', wrap: (next) => next }] } }],
  ['kept by the facade, for a call layer', { use: { call: [{ name: 'other', wrap: (next) => next }] } }],
]

describe.each(keepers)('a server that drips, %s', (_keeper, use) => {
  test('ends at the deadline, with every reader that buffers', async () => {
    await against(drip, { ...use, timeout: { totalMs: 200 } }, async (api) => {
      for (const read of ['json', 'text', 'bytes'] as const) {
        const error = await within(200, () => api.get('/')[read]())
        expect(error).toMatchObject({ name: 'TimeoutError', phase: 'total', limitMs: 200, sent: 'yes' })
        expect(error).toHaveProperty('receivedBytes', expect.any(Number))
        expect(String(error)).toMatch(/the response headers and \d+ of 100000 bytes of the body had arrived/)
      }
      const error = await within(200, async () => (await api.get('/')).text())
      expect(error).toMatchObject({ phase: 'total' })
    })
  })

  test('may go on for a reader that streams, as long as it moves', async () => {
    await against(drip, { ...use, timeout: { totalMs: 100, idleMs: 5_000 } }, async (api) => {
      const startedAt = performance.now()
      let count = 0
      for await (const chunk of api.get('/').stream()) {
        count += chunk.byteLength
        if (performance.now() - startedAt > 300) break
      }
      expect(count).toBeGreaterThan(3)
    })
  })

  test('may go on for a reader that streams, with a limit on attempts too', async () => {
    await against(drip, { ...use, timeout: { totalMs: 100, attemptMs: 5_000 } }, async (api) => {
      const startedAt = performance.now()
      let count = 0
      for await (const chunk of api.get('/').stream()) {
        count += chunk.byteLength
        if (performance.now() - startedAt > 250) break
      }
      expect(count).toBeGreaterThan(3)
    })
  })

  test('ends at the deadline while nobody reads', async () => {
    await against(drip, { ...use, timeout: 150 }, async (api) => {
      const settled = async (): Promise<void> => {
        const response = await api.get('/')
        await new Promise<void>((resolve, reject) => {
          response.body.onSettled((error) => (error === undefined ? resolve() : reject(error)))
        })
      }
      expect(await within(150, settled)).toMatchObject({ phase: 'total', limitMs: 150 })
    })
  })

  test('ends at the deadline that a streaming call was given', async () => {
    await against(drip, use, async (api) => {
      const read = async (): Promise<void> => {
        for await (const chunk of api.get('/', { timeout: 200 }).stream()) expect(chunk.byteLength).toBeGreaterThan(0)
      }
      expect(await within(200, read)).toMatchObject({ phase: 'total', limitMs: 200 })
    })
  })

  test('of headers ends at the deadline', async () => {
    const script = async (connection: RawConnection): Promise<void> => {
      await connection.receiveRequest()
      await connection.sendSlowly(`HTTP/1.1 200 OK\r\nx-a: ${'x'.repeat(2_000)}`, { everyMs: 20 })
    }
    await against(script, { ...use, timeout: 200 }, async (api) => {
      const error = await within(200, () => api.get('/'))
      expect(error).toMatchObject({ phase: 'total', sent: 'maybe', receivedBytes: 0 })
      expect(String(error)).toContain('no response headers had arrived')
    })
  })
})

describe('phases', () => {
  test('idle: a body that stops, for every reader', async () => {
    const script = async (connection: RawConnection): Promise<void> => {
      await connection.receiveRequest()
      await connection.send('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc')
      await connection.stall()
    }
    await against(script, { timeout: { idleMs: 100 } }, async (api) => {
      const readers = [
        () => api.get('/').text(),
        () => api.get('/').toNode().toArray(),
        async () => {
          for await (const chunk of api.get('/').stream()) expect(chunk.byteLength).toBe(3)
        },
      ]
      for (const read of readers) {
        const error = await within(100, read)
        expect(error).toMatchObject({
          name: 'TimeoutError',
          phase: 'idle',
          limitMs: 100,
          receivedBytes: 3,
          sent: 'yes',
        })
      }
      expect(await within(60, () => api.get('/', { timeout: { idleMs: 60 } }).text())).toMatchObject({ limitMs: 60 })
    })
  })

  test('headers: no answer', async () => {
    const script = async (connection: RawConnection): Promise<void> => {
      await connection.receiveRequest()
      await connection.stall()
    }
    await against(script, { timeout: { headersMs: 100 } }, async (api) => {
      const error = await within(100, () => api.post('/', 'x'))
      expect(error).toMatchObject({ phase: 'headers', limitMs: 100, sent: 'maybe' })
      expect(await within(60, () => api.get('/', { timeout: { headersMs: 60 } }))).toMatchObject({ limitMs: 60 })
    })
  })

  test('queue: no free connection, and the total time covers the wait', async () => {
    const script = async (connection: RawConnection): Promise<void> => {
      await connection.receiveRequest()
      await connection.stall()
    }
    await against(script, { pool: { maxConnections: 1, acquireTimeoutMs: 100 } }, async (api) => {
      const first = rejection(api.get('/first'))
      await new Promise((resolve) => void setImmediate(resolve))
      const error = await within(100, () => api.get('/second'))
      expect(error).toMatchObject({ phase: 'queue', limitMs: 100, sent: 'no' })
      expect(await within(60, () => api.get('/', { timeout: { queueMs: 60 } }))).toMatchObject({
        phase: 'queue',
        limitMs: 60,
      })
      const total = await within(60, () => api.get('/', { timeout: { totalMs: 60 } }))
      expect(total).toMatchObject({ phase: 'total', limitMs: 60, sent: 'no' })
      await api.destroy()
      await first
    })
  })

  test('attempt: until the head alone', async () => {
    await against(drip, { timeout: { attemptMs: 80 } }, async (api) => {
      const response = await api.get('/')
      expect(await rejection((await api.get('/', { timeout: 200 })).text())).toMatchObject({ phase: 'total' })
      await response.discard()
    })
  })
})

test.each(eachProtocol)('the total time ends calls over $name', async (protocol) => {
  await using set = await scene(
    (request, response) => {
      if (request.url === '/body') response.write('abc')
    },
    { timeout: 150 },
    protocol,
  )
  await set.api.get('/warm').catch(() => undefined)
  const head = await within(150, () => set.api.get('/head').text())
  expect(head).toMatchObject({ phase: 'total', limitMs: 150 })
  const body = await within(150, () => set.api.get('/body').text())
  expect(body).toMatchObject({ phase: 'total', receivedBytes: 3 })
})
