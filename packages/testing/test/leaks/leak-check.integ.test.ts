import { once } from 'node:events'
import { connect } from 'node:net'
import { beforeAll, expect, test } from 'vitest'
import { httpServer, httpsServer, leakCheck, rawServer, unixServer, testAuthority } from '../../src/index.ts'
import { askHttp1 } from '../servers/exchange.ts'

// Loading the library for certificates takes its time on a busy machine.
beforeAll(() => testAuthority(), 60_000)

test('an exchange that is over leaves nothing', async () => {
  const leaks = leakCheck()
  for (const start of [httpServer, httpsServer]) {
    await using server = await start((_request, response) => void response.end('x'))
    expect((await askHttp1(server.origin, server.ca)).body).toBe('x')
  }
  await expect(leaks.check()).resolves.toBeUndefined()
})

test('a server that still listens is named', async () => {
  const leaks = leakCheck({ withinMs: 20 })
  const server = await httpServer(() => {})
  const unix = await unixServer(() => {})
  await expect(leaks.check()).rejects.toThrow(/1 × TCP server, 1 × Unix socket server/)
  await Promise.all([server.close(), unix.close()])
})

test('a socket that does not keep the process alive is found, and not those opened before', async () => {
  await using server = await rawServer((connection) => connection.stall())
  const before = connect(server.port, '127.0.0.1')
  await once(before, 'connect')
  const leaks = leakCheck({ withinMs: 20 })
  const socket = connect(server.port, '127.0.0.1').unref()
  await once(socket, 'connect')
  // Both ends are in this process.
  await expect(leaks.check()).rejects.toThrow('left behind: 2 × TCP socket')
  before.destroy()
  socket.destroy()
})

test('what is closing is waited for', async () => {
  await using server = await rawServer((connection) => connection.stall())
  const leaks = leakCheck()
  const socket = connect(server.port, '127.0.0.1')
  await once(socket, 'connect')
  socket.end()
  await expect(leaks.check()).resolves.toBeUndefined()
})

test('listeners that stay on a signal are counted', async () => {
  const { signal } = new AbortController()
  signal.addEventListener('abort', () => {})
  const leaks = leakCheck({ signals: [signal], withinMs: 20 })
  signal.addEventListener('abort', () => {})
  await expect(leaks.check()).rejects.toThrow('left behind: 1 × listener on an AbortSignal')
})

test('a rejection that nobody handles is kept, with its reason', async () => {
  const others = process.listeners('unhandledRejection')
  process.removeAllListeners('unhandledRejection')
  try {
    const leaks = leakCheck()
    const reason = new Error('nobody looks')
    void Promise.reject(reason)
    await expect(leaks.check()).rejects.toMatchObject({
      message: 'left behind: unhandled rejection: Error: nobody looks',
      cause: reason,
    })
    expect(process.listenerCount('unhandledRejection')).toBe(0)
  } finally {
    for (const listener of others) process.on('unhandledRejection', listener)
  }
})

test('disposal checks, once', async () => {
  let server: Awaited<ReturnType<typeof httpServer>> | undefined
  const leaking = async (): Promise<void> => {
    await using _leaks = leakCheck({ withinMs: 20 })
    server = await httpServer(() => {})
  }
  await expect(leaking()).rejects.toThrow('TCP server')
  await server?.close()
})
