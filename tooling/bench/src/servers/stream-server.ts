// Sends or swallows long bodies, in a process of its own. Says its port over IPC; ends with its parent.
import { createServer, type Socket } from 'node:net'
import { answerJobs } from '../load/answer.ts'
import { CHUNK } from '../streams/transfer.ts'
import { listen } from './listen.ts'

const end = '0\r\n\r\n'
const received = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}'

answerJobs(async () => ({ port: await listen(createServer(serve)) }))

/** `GET /<bytes>` gets so many; any other request is read to the end of its chunked body. */
function serve(socket: Socket): void {
  let uploading = false
  let tail = ''
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk: Buffer) => {
    const length = uploading ? undefined : /^GET \/(\d+) /.exec(chunk.toString('latin1', 0, 64))?.[1]
    if (length !== undefined) {
      send(socket, Number(length))
      return
    }
    uploading = true
    tail = (tail + chunk.toString('latin1', Math.max(0, chunk.length - end.length))).slice(-end.length)
    if (tail !== end) return
    uploading = false
    socket.write(received)
  })
}

function send(socket: Socket, length: number): void {
  socket.write(`HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\ncontent-length: ${length}\r\n\r\n`)
  let left = length
  const fill = (): void => {
    while (left > 0) {
      const bytes = left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK
      left -= bytes.length
      if (socket.write(bytes)) continue
      socket.once('drain', fill)
      return
    }
  }
  fill()
}
