import type { Socket } from 'node:net'

const CR = 13
const LF = 10
const end = Buffer.from('\r\n\r\n')

/** Prebuilt bytes of a whole answer. */
export function answer(body: string): Buffer {
  const head = [
    'HTTP/1.1 200 OK',
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'date: Tue, 24 Nov 2026 12:00:00 GMT',
    'etag: "5f2c-17a"',
    'cache-control: no-store',
    'connection: keep-alive',
  ]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`)
}

/** Answers each end of a head; for requests without a body. */
export function answerGets(socket: Socket, bytes: Buffer): void {
  let matched = 0
  socket.setNoDelay(true)
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk: Buffer) => {
    for (const byte of chunk) {
      matched = byte === (matched % 2 === 0 ? CR : LF) ? matched + 1 : byte === CR ? 1 : 0
      if (matched < 4) continue
      matched = 0
      socket.write(bytes)
    }
  })
}

/** Answers each request with a body, whose length is `content-length`. */
export function answerPosts(socket: Socket, bytes: Buffer): void {
  let rest: Buffer = Buffer.alloc(0)
  socket.setNoDelay(true)
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    for (;;) {
      const head = rest.indexOf(end)
      if (head < 0) return
      const length = /\r\ncontent-length: *(\d+)/i.exec(rest.toString('latin1', 0, head))?.[1]
      if (length === undefined) return void socket.destroy()
      const whole = head + 4 + Number(length)
      if (rest.length < whole) return
      rest = rest.subarray(whole)
      socket.write(bytes)
    }
  })
}
