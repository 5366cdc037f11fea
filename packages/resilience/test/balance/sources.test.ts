import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { httpRequest, newCall, noHeaders, respond } from '@halyard/core'
import { fakeClock, fakeRuntime, type FakeClock } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { balance, dns, file, type DnsResolver, type EndpointSource, type SrvRecord } from '../../src/balance/index.ts'
import { failure, rig } from './kit/backends.ts'

/** A source that tells what it is told to tell. */
function told(): EndpointSource & { tell(list: readonly string[] | Error): void; starts: number } {
  let waiting: PromiseWithResolvers<readonly string[]> = Promise.withResolvers()
  const source = {
    starts: 0,
    tell(list: readonly string[] | Error) {
      const { resolve, reject } = waiting
      waiting = Promise.withResolvers()
      waiting.promise.catch(() => undefined)
      if (list instanceof Error) reject(list)
      else resolve(list)
    },
    async *watch(signal: AbortSignal): AsyncGenerator<readonly string[], void, undefined> {
      source.starts += 1
      while (!signal.aborted) yield await waiting.promise
    },
  }
  return source
}

describe('a source of one’s own', () => {
  test('calls wait for the first list', async () => {
    const source = told()
    const { text, clock, asked } = rig(source)
    const first = text()
    await clock.advance(100)
    expect(asked).toEqual([])
    source.tell(['http://a'])
    expect(await first).toBe('a')
    expect(clock.pending).toBe(0)
  })

  test('not longer than readyMs, each call from when it began', async () => {
    const source = told()
    const { text, clock, balancer } = rig(source, { readyMs: 1_000 })
    const first = failure(text())
    await clock.advance(600)
    let isOver = false
    const second = failure(text()).finally(() => (isOver = true))
    await clock.advance(400)
    expect(await first).toMatchObject({
      by: 'endpoints',
      sent: 'no',
      message: 'GET http://endpoints.invalid/: there is no endpoint',
      errors: [],
    })
    expect(isOver).toBe(false)
    await clock.advance(600)
    await second
    expect(isOver).toBe(true)
    expect(balancer.endpoints()).toEqual([])
    expect(clock.pending).toBe(0)
  })

  test('not beyond the deadline, and not when nobody waits any more', async () => {
    await using runtime = fakeRuntime()
    const handler = balance(told()).wrap(() => Promise.resolve(respond({})), runtime)
    const request = httpRequest({
      method: 'GET',
      origin: 'http://endpoints.invalid',
      path: '/',
      headers: noHeaders,
      body: undefined,
    })
    const call = newCall().fork()
    call.deadlineAt = 500
    call.deadlineMs = 500
    const late = failure(handler(request, call))
    await runtime.clock.advance(500)
    expect(await late).toMatchObject({ code: 'timeout', phase: 'total', limitMs: 500, sent: 'no' })
    const cancelled = newCall().fork()
    const aborted = failure(handler(request, cancelled))
    cancelled.cancel(new Error('enough'))
    expect(await aborted).toMatchObject({ code: 'aborted', sent: 'no' })
    expect(runtime.clock.pending).toBe(0)
  })

  test('lists replace each other; who is gone drains', async () => {
    const source = told()
    const { api, text, clock, balancer } = rig(source, { strategy: 'round-robin' })
    source.tell(['http://a', 'http://b'])
    await clock.advance(0)
    const held = await api.get('/')
    source.tell(['http://b', 'http://c'])
    await clock.advance(0)
    expect(balancer.endpoints().map(({ url, draining, pending }) => [url, draining, pending])).toEqual([
      ['http://b', false, 0],
      ['http://c', false, 0],
      ['http://a', true, 1],
    ])
    expect(new Set([await text(), await text(), await text()])).toEqual(new Set(['b', 'c']))
    expect(Buffer.from(await held.body.bytes()).toString()).toBe('a')
    expect(balancer.endpoints()).toHaveLength(2)
    source.tell([])
    await clock.advance(0)
    expect(await failure(text())).toMatchObject({ by: 'endpoints', errors: [] })
  })

  test('a failing source is started again, later each time, and the list stays', async () => {
    const source = told()
    const { text, clock, events } = rig(source)
    source.tell(['http://a'])
    await clock.advance(0)
    for (const waitMs of [1_000, 2_000, 4_000]) {
      const { starts } = source
      source.tell(new Error('gone'))
      await clock.advance(waitMs - 1)
      expect(source.starts).toBe(starts)
      await clock.advance(1)
      expect(source.starts).toBe(starts + 1)
    }
    expect(await text()).toBe('a')
    expect(events.filter(({ type }) => type === 'source-failed')).toHaveLength(3)
    source.tell(['ftp://wrong'])
    await clock.advance(0)
    expect(await text()).toBe('a')
    source.tell(['http://b'])
    await clock.advance(0)
    expect(await text()).toBe('b')
  })

  test('closing ends it', async () => {
    let wasAborted = false
    const source: EndpointSource = {
      async *watch(signal, runtime) {
        yield ['http://a']
        try {
          await runtime.sleep(1_000_000, signal)
        } finally {
          wasAborted = signal.aborted
        }
      },
    }
    const { api, text, clock } = rig(source)
    expect(await text()).toBe('a')
    await api.close()
    await clock.advance(0)
    expect(wasAborted).toBe(true)
    expect(clock.pending).toBe(0)
  })
})

class FakeResolver implements DnsResolver {
  addresses: readonly string[] | Error = []
  services: readonly SrvRecord[] = []
  asked: string[] = []

  resolve4(name: string): Promise<readonly string[]> {
    return this.#answer(`A ${name}`)
  }

  resolve6(name: string): Promise<readonly string[]> {
    return this.#answer(`AAAA ${name}`)
  }

  resolveSrv(name: string): Promise<readonly SrvRecord[]> {
    this.asked.push(`SRV ${name}`)
    return Promise.resolve(this.services)
  }

  #answer(question: string): Promise<readonly string[]> {
    this.asked.push(question)
    return this.addresses instanceof Error ? Promise.reject(this.addresses) : Promise.resolve(this.addresses)
  }
}

async function settled(clock: FakeClock): Promise<void> {
  await clock.advance(0)
}

describe('dns', () => {
  test('A records, resolved again; asked with the name as host', async () => {
    const resolver = new FakeResolver()
    resolver.addresses = ['10.0.0.2', '10.0.0.1']
    const { text, clock, balancer, transport } = rig(dns({ name: 'api.test', port: 8080, everyMs: 1_000, resolver }))
    await settled(clock)
    expect(balancer.base).toBe('http://api.test:8080')
    expect(balancer.endpoints().map(({ url }) => url)).toEqual(['http://10.0.0.1:8080', 'http://10.0.0.2:8080'])
    await text('/x')
    expect(transport.requests[0]?.url).toMatch(/^http:\/\/10\.0\.0\.[12]:8080\/x$/)
    expect(transport.requests[0]?.headers.get('host')).toBe('api.test:8080')
    resolver.addresses = ['10.0.0.2', '10.0.0.3']
    await clock.advance(999)
    expect(resolver.asked).toHaveLength(1)
    await clock.advance(1)
    expect(balancer.endpoints().map(({ url }) => url)).toEqual(['http://10.0.0.2:8080', 'http://10.0.0.3:8080'])
  })

  test('an order that changes changes nothing; a name that cannot be resolved leaves all as it was', async () => {
    const resolver = new FakeResolver()
    resolver.addresses = ['10.0.0.1', '10.0.0.2']
    const { clock, balancer, events } = rig(dns({ name: 'api.test', everyMs: 1_000, resolver }))
    await settled(clock)
    events.length = 0
    resolver.addresses = ['10.0.0.2', '10.0.0.1']
    await clock.advance(1_000)
    expect(events).toEqual([])
    for (const answer of [new Error('NXDOMAIN'), []]) {
      resolver.addresses = answer
      await clock.advance(10_000)
      expect(balancer.endpoints()).toHaveLength(2)
      expect(events.some(({ type }) => type === 'source-failed')).toBe(true)
      events.length = 0
    }
    resolver.addresses = ['10.0.0.9']
    await clock.advance(60_000)
    expect(balancer.endpoints().map(({ url }) => url)).toEqual(['http://10.0.0.9'])
  })

  test('AAAA records', async () => {
    const resolver = new FakeResolver()
    resolver.addresses = ['fd00::2']
    const { clock, balancer } = rig(dns({ name: 'api.test', type: 'AAAA', protocol: 'https', resolver }))
    await settled(clock)
    expect(resolver.asked).toEqual(['AAAA api.test'])
    expect(balancer.endpoints().map(({ url }) => url)).toEqual(['https://[fd00::2]'])
  })

  test('SRV records: ports, weights, and priorities', async () => {
    const resolver = new FakeResolver()
    resolver.services = [
      { name: 'backup.test.', port: 9000, priority: 20, weight: 1 },
      { name: 'main.test', port: 8000, priority: 10, weight: 0 },
      { name: 'main.test', port: 8001, priority: 10, weight: 5 },
    ]
    const { text, clock, balancer, asked } = rig(dns({ name: '_api._tcp.test', type: 'SRV', resolver }))
    await settled(clock)
    expect(balancer.endpoints().map(({ url, weight, priority }) => [url, weight, priority])).toEqual([
      ['http://backup.test:9000', 1, 20],
      ['http://main.test:8000', 0.1, 10],
      ['http://main.test:8001', 5, 10],
    ])
    for (let turn = 0; turn < 50; turn += 1) await text()
    expect(new Set(asked)).toEqual(new Set(['main.test:8000', 'main.test:8001']))
  })

  test('an answer that does not come is not waited for for ever; closing leaves no timer', async () => {
    const resolver = new FakeResolver()
    Object.assign(resolver, { resolve4: () => new Promise(() => undefined) })
    const { api, text, clock, events } = rig(dns({ name: 'api.test', timeoutMs: 300, resolver }))
    const call = failure(text())
    await clock.advance(300)
    expect(events).toMatchObject([
      { type: 'source-failed', error: { message: 'api.test was not resolved within 300 ms' } },
    ])
    await clock.advance(4_700)
    expect(await call).toMatchObject({
      by: 'endpoints',
      suppressed: [{ message: 'api.test was not resolved within 300 ms' }],
    })
    await api.close()
    await clock.advance(0)
    expect(clock.pending).toBe(0)
  })

  test('wrong options', () => {
    expect(() => Reflect.apply(dns, undefined, [{}])).toThrow('dns.name: expected a string')
    expect(() => Reflect.apply(dns, undefined, [{ name: 'x', type: 'MX' }])).toThrow(
      "dns.type: expected 'A' or 'AAAA' or 'SRV'",
    )
    expect(() => Reflect.apply(dns, undefined, [{ name: 'x', resolver: {} }])).toThrow(
      'dns.resolver: expected a resolver',
    )
  })
})

describe('file', () => {
  /** File systems answer in their own time. */
  async function until(condition: () => boolean, clock: FakeClock): Promise<void> {
    while (!condition()) await clock.advance(0)
  }

  test('is read again; one that is no list leaves all as it was', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'halyard-'))
    try {
      const list = path.join(directory, 'endpoints.json')
      const replace = async (text: string): Promise<void> => {
        await writeFile(`${list}.new`, text)
        await rename(`${list}.new`, list)
      }
      await replace('["http://a", { "url": "http://b", "weight": 3, "zone": "x" }]')
      const { api, clock, balancer, events } = rig(file(list, { everyMs: 1_000 }))
      await until(() => balancer.endpoints().length > 0, clock)
      expect(balancer.endpoints()).toMatchObject([{ url: 'http://a' }, { url: 'http://b', weight: 3, zone: 'x' }])
      for (const wrong of ['[', '{"url":"http://c"}', `["${'x'.repeat(1_048_576)}"]`]) {
        await replace(wrong)
        events.length = 0
        await clock.advance(60_000)
        await until(() => events.some(({ type }) => type === 'source-failed'), clock)
        expect(balancer.endpoints()).toHaveLength(2)
      }
      await replace('["http://c"]')
      await clock.advance(60_000)
      await until(() => balancer.endpoints()[0]?.url === 'http://c', clock)
      await api.close()
    } finally {
      await rm(directory, { recursive: true })
    }
    expect(() => Reflect.apply(file, undefined, [7])).toThrow('path: expected a path, or a URL of one, got 7')
  })
})

test('requests keep their base, whatever the source says', () => {
  const source = told()
  expect(balance({ ...source, base: 'http://api.test/v1' }).base).toBe('http://api.test/v1')
  expect(balance(source, { base: 'https://own.test' }).base).toBe('https://own.test')
  expect(() => balance(source, { base: 'nonsense' })).toThrow(
    'balance.base: expected an absolute URL, such as http://host:8080, got "nonsense"',
  )
  expect(fakeClock().pending).toBe(0)
})
