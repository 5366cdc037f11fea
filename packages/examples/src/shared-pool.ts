// Two clients, one pool: limits and connections are shared.
import { connectionPool, createClient } from '@halyard/client'
import { httpServer } from '@halyard/testing'

const pool = connectionPool({ maxConnections: 2 })
const waiting: (() => void)[] = []
const server = await httpServer((_request, response) => {
  waiting.push(() => response.end('ok'))
  if (waiting.length === 2) {
    const { active, queued } = pool.stats()[server.origin] ?? { active: 0, queued: 0 }
    console.log(`8 calls under way: ${active} active, ${queued} waiting`)
  }
  if (waiting.length >= 2) for (const answer of waiting) answer()
})
const users = createClient(`${server.origin}/users`, { pool, headers: { 'x-service': 'users' } })
const orders = createClient(`${server.origin}/orders`, { pool, headers: { 'x-service': 'orders' } })

const calls = Array.from({ length: 4 }, () => [users.get('/').text(), orders.get('/').text()])
await Promise.all(calls.flat())
console.log(`connections for both clients: ${pool.stats()[server.origin]?.connections}`)

// A client does not close a pool that it was given.
await users.close()
console.log(`after users.close(), orders still works: ${await orders.get('/').text()}`)
await orders.close()
await pool.close()
await server.close()
