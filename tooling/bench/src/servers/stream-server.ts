// Sends or swallows long bodies, in a process of its own. Says its port over IPC; ends with its parent.
import { createServer, type Socket } from 'node:net'
import { answerJobs } from '../load/answer.ts'
import { CHUNK } from '../streams/transfer.ts'
import { listen } from './listen.ts'

const lastChunk = '0\r\n\r\n'
const emptyLine = '\r\n\r\n'
const received = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}'
/** As long as those of most writers. */
const boundary = `boundary-${'0123456789abcdef'.repeat(2)}`
const partHead = `--${boundary}\r\ncontent-disposition: attachment; filename="a"\r\n\r\n`
const partEnd = `\r\n--${boundary}--\r\n`

answerJobs(async () => ({ port: await listen(createServer(serve)) }))

/**
 * `GET /<bytes>` gets so many, `GET /part/<bytes>` as the only part of a multipart message; any other request is read to
 * the end of its body.
 */
function serve(socket: Socket): void {
  let upload: ((chunk: Buffer) => boolean) | undefined
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk: Buffer) => {
    const asked = upload === undefined ? /^GET \/(part\/)?(\d+) /.exec(chunk.toString('latin1', 0, 64)) : null
    if (asked !== null) {
      send(socket, Number(asked[2]), asked[1] !== undefined)
      return
    }
    upload ??= uploadOf(chunk)
    if (!upload(chunk)) return
    upload = undefined
    socket.write(received)
  })
}

/** Whether the body has ended with a chunk; the head is in the first one. */
function uploadOf(first: Buffer): (chunk: Buffer) => boolean {
  const end = first.indexOf(emptyLine)
  const length = /\r\ncontent-length: *(\d+)\r\n/i.exec(first.toString('latin1', 0, end + 2))?.[1]
  if (end === -1) throw new Error('a head in pieces')
  if (length !== undefined) {
    let left = end + emptyLine.length + Number(length)
    return (chunk) => (left -= chunk.length) <= 0
  }
  let tail = ''
  return (chunk) => {
    tail = (tail + chunk.toString('latin1', Math.max(0, chunk.length - lastChunk.length))).slice(-lastChunk.length)
    return tail === lastChunk
  }
}

function send(socket: Socket, length: number, isPart: boolean): void {
  const [type, before, after] = isPart ? [`multipart/mixed; boundary=${boundary}`, partHead, partEnd] : ['x/y', '', '']
  const whole = length + before.length + after.length
  socket.write(`HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ncontent-length: ${whole}\r\n\r\n${before}`)
  let left = length
  const fill = (): void => {
    while (left > 0) {
      const bytes = left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK
      left -= bytes.length
      if (left === 0) socket.write(bytes)
      else if (!socket.write(bytes)) {
        socket.once('drain', fill)
        return
      }
    }
    socket.write(after)
  }
  fill()
}
