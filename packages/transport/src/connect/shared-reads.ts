import type { Socket } from 'node:net'

/**
 * What sockets are read into: one memory for all of them, for each read is done with before the next begins. With new
 * memory for each read, a download of 1 GiB takes three times the processor time.
 */
const shared = Buffer.allocUnsafeSlow(65_536)

/** Who takes bytes that are there for the moment only. */
export interface TransientReader {
  /** Whether all that is read now is used up, or copied, before `read` returns. */
  readonly takesTransient: boolean
}

const readers = new WeakMap<Socket, TransientReader>()

/** From now on the socket hands out memory that is used again, whenever the reader says that it takes such. */
export function readTransiently(socket: Socket, reader: TransientReader): void {
  readers.set(socket, reader)
}

/** The option of `net.connect` for a socket that is read into shared memory. It hands out copies, or what is shared. */
export interface SharedReads {
  readonly buffer: Uint8Array
  readonly callback: (bytes: number) => boolean
}

export function sharedReads(socketOf: () => Socket): SharedReads {
  return {
    buffer: shared,
    callback: (bytes) => {
      const socket = socketOf()
      // What waits unread would be written over.
      if (socket.readableLength > 0 || readers.get(socket)?.takesTransient !== true) {
        return socket.push(Buffer.from(shared.subarray(0, bytes)))
      }
      const goesOn = socket.push(shared.subarray(0, bytes))
      // At once, and not in the next turn.
      socket.emit('readable')
      if (socket.readableLength === 0) return true
      // Its reader has stopped in the middle.
      const left: Buffer | null = socket.read()
      if (left !== null) socket.unshift(Buffer.from(left))
      return goesOn
    },
  }
}
