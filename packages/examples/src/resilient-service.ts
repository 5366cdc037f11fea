// A service that calls two others: it takes over the deadline of its caller, and works on when one of the two does not.
import { constant, createClient, isHttpError, respond } from '@halyard/client'
import { deadlineHeader, inboundDeadline, withInboundDeadline } from '@halyard/resilience/deadline'
import { httpServer, type ServerResponse } from '@halyard/testing'
import { z } from 'zod'

const Price = z.object({ cents: z.number() })
const Reviews = z.array(z.string())

function answer(response: ServerResponse, status: number, value: unknown): void {
  response.statusCode = status
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(value))
}

// The two others, and what we make of them.
const told: (string | string[] | undefined)[] = []
const priceGone = Promise.withResolvers<void>()
let priceHangs = false
const priceServer = await httpServer((request, response) => {
  told.push(request.headers['x-request-timeout-ms'])
  if (priceHangs) response.once('close', () => priceGone.resolve())
  else answer(response, 200, { cents: 1_200 })
})

let reviewsDown = false
let held: Promise<void> = Promise.resolve()
const reviewServer = await httpServer(async (_request, response) => {
  await held
  answer(response, reviewsDown ? 503 : 200, reviewsDown ? {} : ['Good.'])
})

// Both clients end with the caller's deadline, and pass it on.
const use = { call: [inboundDeadline()], attempt: [deadlineHeader({ marginMs: 5 })] }
const prices = createClient(priceServer.origin, { use, timeout: 2_000 })
const reviews = createClient(reviewServer.origin, {
  use,
  timeout: 1_000,
  retry: { attempts: 2, backoff: constant({ ms: 5 }) },
  circuitBreaker: { consecutiveFailures: 2, resetMs: 60_000 },
  bulkhead: { maxConcurrent: 2 },
  // A page without reviews is better than none.
  fallback: () => respond({ headers: { 'content-type': 'application/json' }, body: '[]' }),
})

const service = await httpServer((incoming, outgoing) =>
  withInboundDeadline(incoming.headers['x-request-timeout-ms'], async () => {
    try {
      const [price, texts] = await Promise.all([prices.get('/7').json(Price), reviews.get('/7').json(Reviews)])
      answer(outgoing, 200, { ...price, reviews: texts })
    } catch (error) {
      if (!isHttpError(error)) throw error
      answer(outgoing, isHttpError(error, 'timeout') ? 504 : 502, { error: error.code })
    }
  }),
)

// Somebody who asks.
const caller = createClient(service.origin, { retry: false, use: { attempt: [deadlineHeader()] } })
const page = (): Promise<string> => caller.get('/products/7', { timeout: 5_000 }).text()

console.log(`all is well: ${await page()}`)
const left = Number(told[0])
console.log(`the price service was told how long we wait, at most our 2000 ms: ${left > 0 && left < 2_000}`)

const open = Promise.withResolvers<void>()
held = open.promise
let refused = 0
const stop = reviews.on('limit', ({ type }) => {
  refused += type === 'rejected' ? 1 : 0
  if (refused === 3) open.resolve()
})
const pages = await Promise.all([page(), page(), page(), page(), page()])
stop()
console.log(`five at once, two permits: ${pages.filter((text) => text.includes('Good.')).length} pages with reviews`)

reviewsDown = true
const before = reviewServer.requests
for (let count = 0; count < 4; count += 1) console.log(`reviews are down: ${await page()}`)
const state = reviews.breaker.state(reviewServer.origin)
console.log(`their breaker is ${state}: ${reviewServer.requests - before} requests for 4 pages`)

priceHangs = true
const late = await caller.get('/products/7', { headers: { 'x-request-timeout-ms': '100' } })
console.log(`prices hang, the caller waits 100 ms: ${late.status} ${await late.text()}`)
await priceGone.promise
console.log('and the price service saw us go')

await Promise.all([caller.close(), prices.close(), reviews.close()])
await Promise.all([service.close(), priceServer.close(), reviewServer.close()])
