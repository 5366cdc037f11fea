import { eachProtocol } from '@halyard/testing'
import { clientFor, text } from '../client.ts'

// Makes a call and leaves its connection idle: only the server is told not to keep the process alive.
const protocol = eachProtocol.find(({ name }) => name === process.argv[2])
if (protocol === undefined) throw new Error('no such protocol')
const server = await protocol.start((_request, response) => void response.end('ok'))
server.server.on('connection', (socket) => socket.unref())
server.server.unref()
const client = clientFor(server, { pool: { idleTimeoutMs: 60_000 } })
const body = await text(client.api.get('/'))
console.log(body, client.stats().idle, 'idle')
