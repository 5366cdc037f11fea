import { leakCheck, type LeakCheck, type LocalServer } from '@halyard/testing'
import { afterEach, beforeEach, expect } from 'vitest'

/** How long a socket that was let go may take to be gone. */
const graceMs = 3_000

/** After each test of the file: no socket, no server and no rejection that nobody heard. */
export function checkLeaks(): void {
  let leaks: LeakCheck | undefined
  beforeEach(() => {
    leaks = leakCheck({ withinMs: graceMs })
  })
  afterEach(() => leaks?.check())
}

/** The same server, but its disposal waits for the client to let go of every socket, and fails where it does not. */
export async function tidy<Server extends LocalServer>(starting: Promise<Server>): Promise<Server> {
  const server = await starting
  const dispose = async (): Promise<void> => {
    const left = await Promise.race([server.idle().then(() => 0), later(graceMs).then(() => server.connections)])
    await server.close()
    expect(left, 'sockets that the client left open').toBe(0)
  }
  Object.defineProperty(server, Symbol.asyncDispose, { value: dispose })
  return server
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref())
}
