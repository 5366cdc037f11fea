import type { Socket } from 'node:net'
import type { Clock } from '@halyard/core'
import { ProxyRefusal } from './proxy-errors.ts'

/** What is to be done after something came. `used` bytes of it are done with. */
export type Step =
  | { readonly next: 'wait' }
  | { readonly next: 'send'; readonly used: number; readonly bytes: Uint8Array }
  | { readonly next: 'done'; readonly used: number }

/** What is said to a proxy until it lets one through. Knows no sockets. */
export interface Handshake {
  /** What is said first. */
  readonly opening: Uint8Array
  /** A failure that is certain, while more about it may still come. */
  readonly failure: ProxyRefusal | undefined
  /** Takes all that came and was not used. @throws ProxyRefusal */
  advance(received: Buffer): Step
}

/** How long a proxy that refused has to say why. */
const reasonMs = 1_000

/**
 * Plays a handshake on a socket. What came after it is put back where `mayFollow`, else it is a failure: nobody was
 * asked anything yet. Returns a function that ends it without a word.
 */
export function perform(
  socket: Socket,
  handshake: Handshake,
  mayFollow: boolean,
  clock: Clock,
  callback: (error: Error | null) => void,
): () => void {
  let received: Buffer = Buffer.alloc(0)
  let cancelTimer: (() => void) | undefined

  const finish = (): void => {
    cancelTimer?.()
    socket.off('readable', onReadable)
    socket.off('end', onEnd)
    socket.off('close', onEnd)
    socket.off('error', onError)
  }
  const settle = (error: Error | null): void => {
    finish()
    callback(error)
  }
  const onEnd = (): void =>
    settle(handshake.failure ?? new ProxyRefusal('protocol', 'closed the connection before it let anything through'))
  const onError = (error: Error): void => settle(handshake.failure ?? error)
  const onReadable = (): void => {
    for (let chunk = read(socket); chunk !== null; chunk = read(socket)) received = Buffer.concat([received, chunk])
    if (received.length === 0) return
    try {
      proceed()
    } catch (error) {
      settle(error instanceof Error ? error : new Error(String(error)))
    }
  }
  const proceed = (): void => {
    for (;;) {
      const step = handshake.advance(received)
      if (step.next === 'wait') {
        const { failure } = handshake
        if (failure !== undefined) cancelTimer ??= clock.after(reasonMs, () => settle(failure))
        return
      }
      received = received.subarray(step.used)
      if (step.next === 'done') break
      socket.write(step.bytes)
    }
    if (received.length > 0 && !mayFollow)
      throw new ProxyRefusal('protocol', 'sent data of its own before anything was asked')
    finish()
    if (received.length > 0) socket.unshift(received)
    callback(null)
  }

  socket.on('readable', onReadable)
  socket.once('end', onEnd)
  socket.once('close', onEnd)
  socket.once('error', onError)
  socket.write(handshake.opening)
  return finish
}

function read(socket: Socket): Buffer | null {
  const chunk: Buffer | null = socket.read()
  return chunk
}
