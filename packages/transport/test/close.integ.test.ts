import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { isHttpError } from '@halyard/core'
import { abortListeners, eachProtocol, httpServer } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { clientFor, gate, text, thrown, until } from './kit/client.ts'
import { checkLeaks, tidy } from './kit/tidy.ts'

checkLeaks()

describe.each(eachProtocol)('over $name', ({ start }) => {
  /** Sends half of each answer, and the rest when its gate is opened. */
  const halves = async () => {
    const { opened, open } = gate()
    const server = await tidy(
      start(async (_request, response) => {
        response.on('error', () => {})
        response.write('first ')
        await opened
        response.end('second')
      }),
    )
    return { server, open }
  }

  test('close() waits for what is in flight, and takes nothing new', async () => {
    const { server, open } = await halves()
    await using held = server
    await using client = clientFor(held)
    const answers = await Promise.all([client.api.get('/'), client.api.get('/')])
    let closed = false
    const closing = client.api.close().then(() => (closed = true))
    const again = client.api.close()
    expect(await thrown(client.api.get('/'))).toMatchObject({ code: 'aborted', sent: 'no' })
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => void setImmediate(resolve))
    expect(closed).toBe(false)
    open()
    expect(await Promise.all(answers.map((answer) => text(answer)))).toEqual(['first second', 'first second'])
    await Promise.all([closing, again])
    expect(closed).toBe(true)
    expect(client.stats()).toMatchObject({ connections: 0, active: 0, queued: 0 })
    await until(() => held.connections === 0)
  })

  test('close() serves what waits for a connection', async () => {
    await using server = await tidy(start((_request, response) => void response.end('ok')))
    await using client = clientFor(server, { pool: { maxConnections: 1, maxStreamsPerConnection: 1 } })
    const all = Promise.all(Array.from({ length: 10 }, () => text(client.api.get('/'))))
    await Promise.resolve()
    await client.api.close()
    expect(await all).toHaveLength(10)
  })

  test('destroy() fails what is in flight, reading or waiting, at once', async () => {
    const { server } = await halves()
    await using held = server
    await using client = clientFor(held, { pool: { maxConnections: 1, maxStreamsPerConnection: 1 } })
    const response = await client.api.get('/')
    const reading = thrown(text(response))
    const waiting = thrown(client.api.get('/'))
    const reason = new Error('the house is on fire')
    await Promise.all([client.destroy(reason), client.destroy(reason)])
    for (const error of await Promise.all([reading, waiting])) {
      expect(isHttpError(error, 'aborted')).toBe(true)
      expect(error.cause).toBe(reason)
    }
    expect(await reading).toMatchObject({ sent: 'yes' })
    expect(await waiting).toMatchObject({ sent: 'no' })
    expect(await thrown(client.api.get('/'))).toMatchObject({ code: 'aborted', sent: 'no' })
    await until(() => held.connections === 0)
    expect(client.stats()).toMatchObject({ connections: 0, queued: 0 })
  })

  test('destroy() ends a close() that waits', async () => {
    const { server } = await halves()
    await using held = server
    await using client = clientFor(held)
    const response = await client.api.get('/')
    const failed = thrown(text(response))
    const closing = client.api.close()
    await client.destroy()
    await closing
    expect(isHttpError(await failed, 'aborted')).toBe(true)
  })

  test('close() and destroy() of a client that was never used', async () => {
    await using server = await tidy(start((_request, response) => void response.end('ok')))
    const client = clientFor(server)
    await client.api.close()
    await client.destroy()
    expect(server.totalConnections).toBe(0)
  })

  test('calls on one AbortSignal leave no listener, however they end', async () => {
    await using server = await tidy(
      start((request, response) => {
        if (request.url === '/ok') response.end('ok')
        else if (request.url === '/cut') request.socket.destroy()
      }),
    )
    await using client = clientFor(server, { timeout: { headersMs: 30 } })
    const { signal } = new AbortController()
    for (const [urlPath, calls] of [
      ['/ok', 500],
      ['/cut', 50],
      ['/silence', 20],
    ] as const) {
      await Promise.all(
        Array.from({ length: calls }, () => client.api.request('POST', urlPath, { signal }).then(text, () => 'failed')),
      )
      expect(abortListeners(signal)).toBe(0)
    }
    const controller = new AbortController()
    const aborted = Array.from({ length: 50 }, () => thrown(client.api.get('/silence', { signal: controller.signal })))
    controller.abort()
    for (const error of await Promise.all(aborted)) expect(isHttpError(error, 'aborted')).toBe(true)
    expect(abortListeners(controller.signal)).toBe(0)
  })
})

test('a signal has one listener a call in flight', async () => {
  const { opened, open } = gate()
  await using server = await tidy(
    httpServer(async (_request, response) => {
      await opened
      response.end('ok')
    }),
  )
  await using client = clientFor(server)
  const { signal } = new AbortController()
  const calls = Promise.all(Array.from({ length: 5 }, () => client.api.get('/', { signal })))
  await until(() => server.requests === 5)
  expect(abortListeners(signal)).toBe(5)
  open()
  await Promise.all((await calls).map((response) => text(response)))
  expect(abortListeners(signal)).toBe(0)
})

describe('a process of its own', () => {
  const run = (program: URL, ...args: string[]): Promise<{ readonly code: unknown; readonly output: string }> =>
    new Promise((resolve) => {
      execFile(
        process.execPath,
        ['--no-warnings', '--unhandled-rejections=strict', '-C', '@halyard/source', fileURLToPath(program), ...args],
        { timeout: 30_000 },
        (error, stdout, stderr) => resolve({ code: error?.code ?? 0, output: stdout + stderr }),
      )
    })

  test.each(eachProtocol)(
    'ends by itself with an idle pool over $name',
    async ({ name }) => {
      const outcome = await run(new URL('./kit/programs/leave-idle.ts', import.meta.url), name)
      expect(outcome).toEqual({ code: 0, output: 'ok 1 idle\n' })
    },
    40_000,
  )

  test('survives everything that a server can send', async () => {
    const { code, output } = await run(new URL('./kit/programs/garbage.ts', import.meta.url))
    expect(output).toMatch(/^\d+ of \d+ failed as they should\n$/)
    expect(code).toBe(0)
  }, 40_000)
})
