import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createPipeline } from '@halyard/core'
import { expect, test } from 'vitest'
import { balance } from '../../src/balance/index.ts'
import { hedge } from '../../src/hedge/index.ts'
import { nodeTransport } from './kit/node-transport.ts'

/** A server that can be killed, stalled, and started again at the same port. */
class Backend {
  port = 0
  calls = 0
  checks = 0
  stalled = false
  gone = 0
  #server: Server | undefined

  async start(): Promise<void> {
    const server = createServer((request, response) => this.#serve(request.url ?? '', response))
    server.listen(this.port, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (isAddress(address)) this.port = address.port
    this.#server = server
  }

  async kill(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    this.#server = undefined
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  #serve(path: string, response: ServerResponse): void {
    if (path === '/health') this.checks += 1
    else this.calls += 1
    response.on('close', () => {
      if (!response.writableEnded) this.gone += 1
    })
    if (!this.stalled) response.end('served')
  }
}

function isAddress(address: ReturnType<Server['address']>): address is AddressInfo {
  return typeof address === 'object' && address !== null
}

async function withBackends(use: (backends: [Backend, Backend, Backend]) => Promise<void>): Promise<void> {
  const backends: [Backend, Backend, Backend] = [new Backend(), new Backend(), new Backend()]
  await Promise.all(backends.map((backend) => backend.start()))
  try {
    await use(backends)
  } finally {
    await Promise.all(backends.map((backend) => backend.kill()))
  }
}

test('one of three is killed and started again while requests flow: none fails', { timeout: 60_000 }, async () => {
  await withBackends(async ([one, two, three]) => {
    const balancer = balance([one.url, two.url, three.url], {
      strategy: 'round-robin',
      health: { path: '/health', intervalMs: 50, timeoutMs: 1_000 },
    })
    const api = createPipeline({ transport: nodeTransport(), baseUrl: one.url, use: [balancer] })
    const flow = async (count: number, atOnce: number): Promise<void> => {
      let left = count
      const worker = async (): Promise<void> => {
        while (left > 0) {
          left -= 1
          const response = await api.get('/')
          expect(Buffer.from(await response.body.bytes()).toString()).toBe('served')
        }
      }
      await Promise.all(Array.from({ length: atOnce }, worker))
    }
    const until = async (healthy: boolean): Promise<void> => {
      while (balancer.endpoints()[1]?.healthy !== healthy) await flow(10, 5)
    }
    await flow(300, 50)
    expect(one.calls).toBe(100)
    const flowing = flow(1_000, 50)
    await two.kill()
    await flowing
    await until(false)
    const { calls } = two
    await flow(500, 50)
    expect(two.calls).toBe(calls)
    await two.start()
    await until(true)
    await flow(300, 50)
    expect(two.calls).toBeGreaterThanOrEqual(calls + 99)
    await api.close()
  })
})

test('a stalled one is hedged at another endpoint, and the server sees the loser go', { timeout: 60_000 }, async () => {
  await withBackends(async ([one, two, three]) => {
    two.stalled = true
    const balancer = balance([one.url, two.url, three.url], { strategy: 'round-robin' })
    const api = createPipeline({
      transport: nodeTransport(),
      baseUrl: one.url,
      use: [hedge({ after: { ms: 30 }, budget: { ratio: 1 } }), balancer],
    })
    for (let turn = 0; turn < 30; turn += 1) {
      const response = await api.get('/')
      expect(Buffer.from(await response.body.bytes()).toString()).toBe('served')
    }
    expect(two.calls).toBeGreaterThan(5)
    while (two.gone < two.calls) await new Promise<void>((resolve) => void setImmediate(resolve))
    expect(balancer.endpoints().map(({ pending, failures }) => [pending, failures])).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ])
    await api.close()
  })
})
