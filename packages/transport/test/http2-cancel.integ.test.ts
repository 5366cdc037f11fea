import { streamBody } from '@halyard/core'
import { h2cServer, rawServer } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { clientFor, thrown, until } from './kit/client.ts'
import { checkLeaks, tidy } from './kit/tidy.ts'

checkLeaks()

interface Frame {
  readonly type: number
  readonly flags: number
  readonly streamId: number
  readonly payload: Buffer
}

/** The frames of a client (RFC 9113 §4.1), after its preface. */
function framesOf(received: string): readonly Frame[] {
  const bytes = Buffer.from(received, 'latin1')
  const frames: Frame[] = []
  for (let at = 24; at + 9 <= bytes.length;) {
    const length = bytes.readUIntBE(at, 3)
    frames.push({
      type: bytes.readUInt8(at + 3),
      flags: bytes.readUInt8(at + 4),
      streamId: bytes.readUInt32BE(at + 5),
      payload: bytes.subarray(at + 9, at + 9 + length),
    })
    at += 9 + length
  }
  return frames
}

const data = 0
const reset = 3
const endStream = 1
const cancel = 8

/** Greets as HTTP/2 does, and then takes whatever comes. */
const silent = () =>
  tidy(
    rawServer(async (connection) => {
      await connection.receiveBytes(24)
      // Empty SETTINGS, and the acknowledgement of the client's.
      await connection.send('\0\0\0\x04\0\0\0\0\0\0\0\0\x04\x01\0\0\0\0')
      await connection.stall()
    }),
  )

describe('an upload that is given up is reset, and never ended as if it were whole', () => {
  test.each(['the source fails', 'the caller aborts', 'it stalls'])('%s', async (why) => {
    await using server = await silent()
    await using client = clientFor(server, { http2: { priorKnowledge: true }, timeout: { idleMs: 100 } })
    const controller = new AbortController()
    const frames = (): readonly Frame[] => framesOf(server.received[0] ?? '')
    async function* source(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('a part of it')
      await until(() => frames().some(({ type }) => type === data), 'the part to arrive')
      if (why === 'the source fails') throw new Error('mine')
      if (why === 'the caller aborts') controller.abort()
      await until(() => frames().some(({ type }) => type === reset), 'the reset')
    }
    await thrown(client.api.request('POST', '/', { body: streamBody(source()), signal: controller.signal }))
    await until(() => frames().some(({ type }) => type === reset), 'the reset')
    expect(frames().filter(({ type, flags }) => type === data && (flags & endStream) !== 0)).toEqual([])
    const [first] = frames().filter(({ type }) => type === reset)
    expect(first?.payload.readUInt32BE()).toBe(cancel)
    await client.destroy()
  })
})

test('a server hears at once that an answer is not wanted any more', async () => {
  const closed: string[] = []
  await using server = await tidy(
    h2cServer((request, response) => {
      response.on('close', () => closed.push(request.url))
      response.on('error', () => {})
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384)));
      }
      response.on('drain', more)
      more()
    }),
  )
  // Longer than `until` waits: the end of the connection would tell, too.
  await using client = clientFor(server, { http2: { priorKnowledge: true }, pool: { idleTimeoutMs: 60_000 } })
  for await (const _ of (await client.api.get('/left')).body.stream()) break
  await until(() => closed.includes('/left'), 'the server to hear of it')
  await (await client.api.get('/discarded')).body.discard()
  await until(() => closed.includes('/discarded'), 'the server to hear of it')
  const controller = new AbortController()
  const response = await client.api.get('/aborted', { signal: controller.signal })
  const failed = thrown(response.body.bytes())
  controller.abort()
  await failed
  await until(() => closed.includes('/aborted'), 'the server to hear of it')
  expect(server.totalConnections).toBe(1)
})
