import { constant } from '@halyard/resilience/retry'
import { fakeClock, leakCheck, rawServer, type RawConnection, type RawRequest, type RawServer } from '@halyard/testing'
import { createClient, type CallOptions } from '../../../src/index.ts'
import { turn } from '../../support/thrown.ts'

/** What a server saw of the calls, by their ids. */
class Ledger {
  /** Heads that came: once a head is there, the server may act. */
  readonly heads: Map<string, string[]> = new Map()
  /** Requests that came whole. */
  readonly whole: Map<string, number> = new Map()
  /** Faults that were played, by name. */
  readonly faults: Map<string, number> = new Map()

  head(head: string): void {
    const id = idOf(head)
    const key = /^idempotency-key: (.*)\r$/im.exec(head)?.[1] ?? ''
    this.heads.set(id, [...(this.heads.get(id) ?? []), key])
  }

  complete({ target }: Pick<RawRequest, 'target'>): void {
    const id = idOf(target)
    this.whole.set(id, (this.whole.get(id) ?? 0) + 1)
  }

  fault(name: string): void {
    this.faults.set(name, (this.faults.get(name) ?? 0) + 1)
  }
}

function idOf(text: string): string {
  return /[?&]id=([\w-]+)/.exec(text)?.[1] ?? ''
}

const good = 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood'

/** Each plays a fault after a whole request, and tells whether the connection goes on. */
const faults: Readonly<Record<string, (connection: RawConnection) => Promise<boolean>>> = {
  'reset before the head': async (connection) => {
    await connection.reset()
    return false
  },
  'closed before the head': async (connection) => {
    await connection.end()
    return false
  },
  'reset in the head': async (connection) => {
    await connection.send('HTTP/1.1 200 OK\r\ncontent-le')
    for (let turns = 0; turns < 3; turns += 1) await turn()
    await connection.reset()
    return false
  },
  'reset after the head': async (connection) => {
    await connection.send('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n')
    for (let turns = 0; turns < 3; turns += 1) await turn()
    await connection.reset()
    return false
  },
  'cut in the body': async (connection) => {
    await connection.send('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngo')
    await connection.end()
    return false
  },
  stall: async (connection) => {
    await connection.stall()
    return false
  },
  'status 503': async (connection) => {
    await connection.send('HTTP/1.1 503 Busy\r\ncontent-length: 4\r\n\r\nbusy')
    return true
  },
  'late answer': async (connection) => {
    for (let turns = 0; turns < 100; turns += 1) await turn()
    await connection.send(good)
    return true
  },
  'closed while idle': async (connection) => {
    await connection.send(good)
    await connection.end()
    return false
  },
  'reset while idle': async (connection) => {
    await connection.send(good)
    // Here and there, so that some of the next requests are on their way.
    await turn()
    await connection.reset()
    return false
  },
}
const names = Object.keys(faults)

/** A server that breaks in one of these ways, by chance, and tells the ledger what came. */
function stormServer(ledger: Ledger, random: () => number, share: number): Promise<RawServer> {
  return rawServer(async (connection) => {
    if (random() < share / 4) {
      ledger.fault('reset when accepted')
      await connection.reset()
      return
    }
    for (;;) {
      const head = await connection.receiveHead()
      ledger.head(head)
      if (random() < share / 8) {
        ledger.fault('reset before the body')
        await connection.reset()
        return
      }
      const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0)
      await connection.receiveBytes(length)
      ledger.complete({ target: head })
      const name = random() < share ? (names[Math.floor(random() * names.length)] ?? '') : ''
      const play = faults[name]
      if (play === undefined) await connection.send(good)
      else {
        ledger.fault(name)
        if (!(await play(connection))) return
      }
    }
  })
}

type CallKind = 'post' | 'keyed' | 'get'

/** What came of a storm. */
export interface StormOutcome {
  readonly ledger: Ledger
  readonly ids: Readonly<Record<CallKind, readonly string[]>>
  readonly worked: number
  readonly failed: number
  readonly retries: number
  readonly hedges: number
  readonly failovers: number
  /** Ids of calls that worked: the server must have seen them whole. */
  readonly good: ReadonlySet<string>
}

/** Calls through everything that sends again, against three servers that break. Throws where something is left open. */
export async function storm(init: {
  calls: number
  atOnce: number
  seed: number
  attemptMs: number
}): Promise<StormOutcome> {
  const leaks = leakCheck({ withinMs: 5_000 })
  const { random } = fakeClock({ seed: init.seed })
  const ledger = new Ledger()
  const servers = [
    await stormServer(ledger, random, 0.3),
    await stormServer(ledger, random, 0.3),
    await stormServer(ledger, random, 0.1),
  ]
  const origins = servers.map(({ origin }) => origin)
  let [retries, hedges, failovers] = [0, 0, 0]
  // Whoever fails over asks each endpoint once, and leaves little to the retry: so there is one client of each kind.
  const clients = [true, false].map((failover) => {
    const api = createClient(origins, {
      retry: { attempts: 4, backoff: constant({ ms: 1 }), budget: { ratio: 10, perSecond: 1_000 } },
      hedge: { after: { ms: 40 }, budget: { ratio: 1 } },
      balance: { strategy: 'round-robin', failover, failoverStatuses: [503], panicRatio: 0 },
      outlier: { consecutiveFailures: 4, ejectMs: 50 },
      timeout: { attemptMs: init.attemptMs, totalMs: 20_000 },
      pool: { maxConnections: 24 },
    })
    api.on('retry', ({ type }) => void (retries += type === 'retry' ? 1 : 0))
    api.on('hedge', ({ type }) => void (hedges += type === 'sent' ? 1 : 0))
    api.on('balance', ({ type }) => void (failovers += type === 'failover' ? 1 : 0))
    return api
  })

  const ids: Record<CallKind, string[]> = { post: [], keyed: [], get: [] }
  const succeeded = new Set<string>()
  let [begun, failed] = [0, 0]
  async function one(number: number): Promise<void> {
    const kind: CallKind = number % 10 < 6 ? 'post' : number % 10 < 8 ? 'keyed' : 'get'
    const id = `${kind}-${number}`
    ids[kind].push(id)
    const api = clients[number % 20 < 10 ? 0 : 1]
    if (api === undefined) throw new Error('two clients')
    const options: CallOptions = { query: { id }, idempotencyKey: kind === 'keyed' ? true : undefined }
    try {
      const text = await (kind === 'get' ? api.get('/', options) : api.post('/', `body of ${id}`, options)).text()
      if (text !== 'good') throw new Error(`an answer that nobody gave: ${text}`)
      succeeded.add(id)
    } catch {
      failed += 1
    }
  }
  async function worker(): Promise<void> {
    for (let number = begun++; number < init.calls; number = begun++) await one(number)
  }
  await Promise.all(Array.from({ length: init.atOnce }, worker))
  for (const api of clients) await api.close()
  for (const server of servers) await server.close()
  await leaks.check()
  return { ledger, ids, worked: succeeded.size, failed, retries, hedges, failovers, good: succeeded }
}
