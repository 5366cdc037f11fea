import type { LookupAddress } from 'node:dns'
import { connect, type Socket } from 'node:net'
import type { CancelTimer, Clock } from '@halyard/core'
import { sharedReads, type SharedReads } from './shared-reads.ts'

/** RFC 8305 §8: how long an attempt has before the next address is tried beside it. */
const attemptDelayMs = 250

type Callback = (error: Error | null, socket: Socket | undefined) => void

/**
 * Happy Eyeballs (RFC 8305): the addresses are tried one after another, a new one every 250 ms or when one fails, the
 * earlier attempts going on; the first that connects wins, the rest are closed.
 * Returns a function that ends the race without a word.
 * @param shares Whether the socket is read into shared memory.
 */
export function race(
  addresses: readonly LookupAddress[],
  port: number,
  shares: boolean,
  clock: Clock,
  callback: Callback,
): () => void {
  const attempts = new Set<Socket>()
  const failures: Error[] = []
  let next = 0
  let over = false
  let cancelDelay: CancelTimer | undefined

  const finish = (): void => {
    over = true
    cancelDelay?.()
    for (const socket of attempts) socket.destroy()
    attempts.clear()
  }

  const start = (): void => {
    cancelDelay?.()
    const address = addresses[next]
    if (address === undefined) return
    next += 1
    const socket: Socket = connect(endpoint(address, port, shares ? sharedReads(() => socket) : undefined))
    attempts.add(socket)
    socket.once('connect', () => {
      if (over) return
      attempts.delete(socket)
      finish()
      socket.removeAllListeners('error')
      callback(null, socket)
    })
    socket.on('error', (error) => {
      if (over || !attempts.delete(socket)) return
      failures.push(error)
      if (next < addresses.length) start()
      else if (attempts.size === 0) {
        finish()
        callback(failures.length === 1 ? error : new AggregateError(failures, describe(failures)), undefined)
      }
    })
    if (next < addresses.length) cancelDelay = clock.after(attemptDelayMs, start)
  }

  if (addresses.length === 0) callback(new Error('the name has no addresses'), undefined)
  else start()
  return finish
}

/** All that Node reads, named: a polluted `Object.prototype.path` would make it a unix socket. */
function endpoint(
  { address, family }: LookupAddress,
  port: number,
  onread: SharedReads | undefined,
): { host: string; port: number; family: number; path: never } {
  const options: { host: string; port: number; family: number; path: never } = Object.assign(Object.create(null), {
    host: address,
    port,
    family,
    path: undefined,
    localAddress: undefined,
    localPort: undefined,
    lookup: undefined,
    autoSelectFamily: false,
    allowHalfOpen: false,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
    highWaterMark: 65_536,
    signal: undefined,
    onread,
    timeout: undefined,
    fd: undefined,
    handle: undefined,
    hints: undefined,
    typeOfService: undefined,
    encoding: undefined,
    objectMode: undefined,
    readable: undefined,
    writable: undefined,
    emitClose: undefined,
  })
  return options
}

function describe(failures: readonly Error[]): string {
  return `every address failed: ${failures.map(({ message }) => message).join('; ')}`
}
