import { cuts, rawServer } from '@halyard/testing'
import { clientFor, streamed, text } from '../client.ts'
import { garbage } from '../garbage.ts'

const good = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'
const more: readonly (readonly [string, string])[] = [
  ['two answers', good + good],
  ['an answer and garbage', `${good}\0\0\0\0`],
  ['1xx without end', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(5_000)],
  ['100 without end', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(5_000)],
  ['fields without end', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(20_000)}`],
  ['a line without end', `HTTP/1.1 200 ${'x'.repeat(50_000)}`],
]

let failed = 0
let all = 0

/** Each way to read, or not to read; rejections that nobody hears end the process. */
async function exchange(origin: string): Promise<void> {
  const client = clientFor({ origin, ca: undefined }, { timeout: { headersMs: 1_000, idleMs: 1_000 } })
  const ways = [
    () => text(client.api.get('/')),
    () => streamed(client.api.get('/')),
    async () => void (await client.api.get('/')),
    async () => await (await client.api.get('/')).body.discard(),
    async () => await (await client.api.request('POST', '/', { body: 'x' })).trailers(),
  ]
  for (const way of ways) {
    all += 1
    await way().catch(() => (failed += 1))
  }
  await client.destroy()
}

for (const [, bytes] of [...garbage, ...more]) {
  const server = await rawServer(async (connection) => {
    await connection.receiveRequest()
    await connection.send(bytes)
    await connection.end()
  })
  await exchange(server.origin)
  await server.close()
}
for (const { play } of cuts) {
  const server = await rawServer(play)
  await exchange(server.origin)
  await server.close()
}
await new Promise((resolve) => void setImmediate(resolve))
console.log(`${failed} of ${all} failed as they should`)
