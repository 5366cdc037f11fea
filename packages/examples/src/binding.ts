// One record, in whatever format the server speaks; a value for each status; and what an error says.
import { createClient, StatusError, ValidationError, xml } from '@halyard/client'
import { httpServer } from '@halyard/testing'
import { z } from 'zod'
import { textOf } from './tour/text-of.ts'

// A codec works in both directions: text on the wire, a Date in the program.
const timestamp = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString(),
})
const Order = z.object({ id: z.int(), total: z.number(), placed: timestamp, tags: z.array(z.string()) })
const Problem = z.object({ title: z.string() })

const placed = '2026-01-02T03:04:05.000Z'
const answers: Readonly<Record<string, readonly [number, string, string]>> = {
  '/orders/json': [200, 'application/json', `{"id":7,"total":1.1,"placed":"${placed}","tags":["new"]}`],
  '/orders/xml': [
    200,
    'application/xml',
    `<order><id>007</id><total>1.10</total><placed>${placed}</placed><tags>new</tags></order>`,
  ],
  '/orders/form': [200, 'application/x-www-form-urlencoded', `id=007&total=1.10&placed=${placed}&tags=new`],
  '/orders/99': [404, 'application/problem+json', '{"title":"No such order"}'],
  '/orders': [200, 'application/json', '[{"id":1},{"id":"two"}]'],
  '/broken': [200, 'application/xml', '<order>\n  <id>7</order>'],
  '/down': [502, 'text/html', '<h1>Bad gateway</h1>'],
}

const server = await httpServer(async (request, response) => {
  const url = request.url ?? ''
  if (request.method === 'POST') {
    response.setHeader('content-type', 'text/plain')
    response.end(`${request.headers['content-type']}: ${await textOf(request)}`)
  } else if (url === '/feed') {
    response.setHeader('content-type', 'application/xml')
    response.write('<feed><title>Numbers</title>')
    for (let id = 1; id <= 1_000; id += 1) response.write(`<entry id="${id}"><value>${id * 2}</value></entry>`)
    response.end('</feed>')
  } else {
    const [status, type, body] = answers[url] ?? [404, 'text/plain', 'nothing here']
    response.writeHead(status, { 'content-type': type })
    response.end(body)
  }
})
const api = createClient(server.origin)

for (const format of ['json', 'xml', 'form']) {
  const order = await api.get('/orders/{format}', { params: { format } }).record(Order, { root: 'order' })
  console.log(`${format}: ${order.id}, ${order.total}, ${order.placed.getUTCFullYear()}, [${order.tags.join()}]`)
}

const order = { id: 7, total: 1.1, placed: new Date(placed), tags: ['a & b'] }
console.log(`sent: ${await api.post('/orders', xml(order, { schema: Order, root: 'order' })).text()}`)

const answer = await api.get('/orders/99').match({ 200: Order, 404: Problem, '5xx': null })
if (answer.status === 404) console.log(`match: ${answer.body.title}`)

let sum = 0
for await (const entry of api.get('/feed').xmlRecords('feed/entry', z.object({ '@id': z.int(), value: z.number() }))) {
  sum += entry.value
}
console.log(`records: the sum is ${sum}`)

const failures: readonly (() => Promise<unknown>)[] = [
  () => api.get('/orders').json(z.array(z.object({ id: z.int() }))),
  () => api.get('/broken').xml(),
  () => api.get('/orders/json').xml(Order),
  () => api.get('/down').json(Order),
]
for (const run of failures) {
  try {
    await run()
  } catch (error) {
    if (!(error instanceof Error)) throw error
    console.log(`${error.name}: ${error.message}`)
    if (error instanceof ValidationError) console.log(`  path ${JSON.stringify(error.issues[0]?.path)}`)
    if (error instanceof StatusError) console.log(`  excerpt ${error.excerpt}`)
  }
}

await api.close()
await server.close()
