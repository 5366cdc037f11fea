import { rawServer, rawTlsServer, reply, type RawConnection } from '@halyard/testing'
import { expect, test } from 'vitest'
import { child } from '../support/child.ts'

/**
 * Makes the same calls with a clean `Object.prototype`, and then once for each name and value put on it. Says what each
 * round told its caller; the server sees what it sent. Names of Node's own events (`connect`) and
 * streams (`encoding`) are left out: with those, no socket of Node works.
 */
const program = `
import { createClient, json, text, form } from '@halyard/client'
const { ORIGIN: origin, CA: ca, EXCEPT: except } = process.env
const evil = { name: 'evil', wrap: () => () => Promise.reject(new Error('evil middleware')) }
const noop = () => { throw new Error('evil function') }
const special = {
  headers: [{ 'x-evil': '1' }, ['x-evil', '1']], query: [{ evil: 1 }], params: [{ id: 'evil' }], body: ['evil', {}], path: ['/evil'],
  method: ['DELETE'], upgrade: ['websocket'], socketPath: ['/nowhere/evil.sock'], lookup: [noop], ca: ['evil'], cert: ['evil'],
  key: ['evil'], pfx: ['evil'], passphrase: ['evil'], rejectUnauthorized: [false], checkServerIdentity: [noop], localAddress: ['127.0.0.9'],
  localPort: [1], timeout: [1, { totalMs: 1 }], signal: [AbortSignal.abort()], agent: [{}], host: ['evil.test'], hostname: ['evil.test'],
  port: [1], servername: ['evil.test'], family: [6], auth: ['a:b'], protocol: ['ftp:'], origin: ['http://evil.test'],
  mediaType: ['evil/evil'], accept: ['evil/evil'], queryStyle: ['brackets'], limits: [{ bodyBytes: 1 }], bodyBytes: [1],
  headerBytes: [64], statusLineBytes: [16], interimResponses: [0], decodedRatio: [1], onInformational: [noop],
  totalMs: [1], attemptMs: [1], queueMs: [1], connectMs: [1], headersMs: [1], idleMs: [1], secretHeaders: [['x-open']],
  pool: [{ maxConnections: 1 }], maxConnections: [1], maxIdleConnections: [0], acquireTimeoutMs: [1], maxStreamsPerConnection: [1],
  idleTimeoutMs: [1], maxAgeMs: [1], maxRequestsPerConnection: [1], httpVersion: ['2'], http2: [{ priorKnowledge: true }],
  priorKnowledge: [true], initialWindowBytes: [70000], pingIntervalMs: [1], tls: [{}], minVersion: ['TLSv1.3'], maxVersion: ['TLSv1.2'],
  ciphers: ['evil'], serverName: ['evil.test'], verifyHostname: [false], insecure: [true], use: [{ call: [evil] }], call: [[evil]],
  attempt: [[evil]], transport: [{ name: 'evil', open: () => noop }], clock: [{ now: noop, after: noop }], base: ['http://evil.test'],
  schema: [{ '~standard': { version: 1, vendor: 'evil', validate: noop } }],
  expectContinue: [true], reset: [true], blocking: [true], idempotent: [true], throwOnError: [true], maxRedirections: [1],
  headersTimeout: [1], bodyTimeout: [1], keepAliveTimeout: [1], pipelining: [10], maxHeaderSize: [1], dispatcher: [{}],
  interceptors: [[noop]], allowH2: [false], maxResponseSize: [1], ALPNProtocols: [['h2']], secureContext: [{}],
  autoSelectFamily: [false],
  length: [1], replayable: [true], contentType: ['evil/evil'], url: ['http://evil.test'], status: [500], duplex: ['half'], redirect: ['error'],
}
const names = Object.keys(special).filter((name) => !except.split(' ').includes(name))

async function round() {
  const told = []
  const api = createClient(origin + '/v1?base=1', ca === undefined ? { headers: { 'x-open': '1' } } : { headers: { 'x-open': '1' }, tls: { ca } })
  const incoming = { method: 'PUT', rawHeaders: ['x-in', '1', 'content-length', '2'], async *[Symbol.asyncIterator]() { yield Buffer.from('in') } }
  const calls = [
    () => api.get('/get'), () => api.get('/get', {}), () => api.get('/users/{id}', { params: { id: 1 }, query: { a: [1, 2] }, headers: { 'x-a': '1' } }),
    () => api.get('/get', { timeout: {} }), () => api.post('/post'), () => api.post('/post', 'text'), () => api.post('/post', 'text', {}),
    () => api.post('/post', { a: 1 }), () => api.post('/post', [1], {}), () => api.post('/post', json({ a: 1 })), () => api.post('/post', text('a'), {}),
    () => api.post('/post', form({ a: 1 })), () => api.post('/post', Buffer.from('bytes')), () => api.delete('/delete', {}),
    () => api.put('/put', async function* () { yield Buffer.from('stream') }), () => api.forward('/forward', incoming, {}),
    () => api.extend({}).get('/extended'), () => api.extend({ headers: { 'x-b': '1' } }).post('/extended', 'x', {}),
  ]
  for (const call of calls) {
    try {
      const answer = await call().json()
      told.push(answer.ok)
    } catch (error) {
      told.push(String(error))
    }
  }
  try {
    const response = await api.get('/last')
    told.push(response.status, response.headers.get('content-type'), await response.text())
    await api.close()
  } catch (error) {
    told.push(String(error))
  }
  return told.join()
}

const clean = await round()
const differing = []
let rounds = 1
for (const name of names) {
  for (const value of ['evil', ...special[name]]) {
    Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true, enumerable: true })
    const told = await round()
    delete Object.prototype[name]
    rounds += 1
    if (told !== clean) differing.push(name + ' = ' + (typeof value) + ': ' + told)
  }
}
process.stdout.write(JSON.stringify({ clean, differing, rounds, names }))
`

async function answer(connection: RawConnection): Promise<void> {
  for (;;) {
    await connection.receiveRequest()
    await connection.send(reply({ headers: { 'content-type': 'application/json' }, body: '{"ok":true}' }))
  }
}

/** What was sent, without what is different each time by nature. */
function wire(received: readonly string[], origin: string): string[] {
  return received.map((bytes) => bytes.replaceAll(new URL(origin).host, 'host'))
}

test.each([
  ['clear text', rawServer, ''],
  ['TLS', rawTlsServer, ''],
] as const)(
  'a polluted Object.prototype changes nothing that is sent in %s',
  async (_name, start, except) => {
    await using server = await start(answer)
    const env = { EXCEPT: except, ORIGIN: server.origin, ...(server.ca === undefined ? {} : { CA: server.ca }) }
    const { code, stdout, stderr } = await child(program, { env })
    expect([code, stderr]).toEqual([0, ''])
    const said: { clean: string; differing: string[]; rounds: number; names: string[] } = JSON.parse(stdout)
    expect(said.clean).toBe(`${'true,'.repeat(18)}200,application/json,{"ok":true}`)
    expect(said.differing).toEqual([])
    const sent = wire(server.received, server.origin)
    expect(sent[0]?.match(/HTTP\/1\.1\r\n/g)).toHaveLength(19)
    expect(new Set(sent).size).toBe(1)
    expect(sent).toHaveLength(said.rounds)
  },
  90_000,
)

test('nor does it make a server trusted', { timeout: 30_000 }, async () => {
  await using server = await rawTlsServer(answer)
  const untrusting = `
import { createClient } from '@halyard/client'
const told = []
for (const [name, value] of [['rejectUnauthorized', false], ['insecure', true], ['verifyHostname', false], ['checkServerIdentity', () => undefined], ['ca', process.env.CA]]) {
  Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true, enumerable: true })
  for (const config of [{}, { tls: {} }]) {
    const api = createClient(process.env.ORIGIN, config)
    told.push(await api.get('/').then(() => name + ' was obeyed', (error) => error.code))
    await api.close()
  }
  delete Object.prototype[name]
}
process.stdout.write(told.join())
`
  const { stdout, stderr } = await child(untrusting, { env: { ORIGIN: server.origin, CA: server.ca ?? '' } })
  expect([stdout, stderr]).toEqual([Array.from({ length: 10 }, () => 'tls').join(), ''])
  expect(server.requests).toBe(0)
})
