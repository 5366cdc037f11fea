import { connect as connectSocket } from 'node:net'
import type { Clock } from '@halyard/core'
import type { ConnectionSettings } from './connection-settings.ts'
import { dial } from './dial.ts'
import { portOf } from './guard/host-rule.ts'
import { throughProxy } from './proxy/through-proxy.ts'
import { directly } from './proxy/via.ts'
import type { OnReached } from './reached.ts'

/**
 * The way to a socket that ends at an origin: directly, by a unix socket or by a proxy, each as far as the guard lets
 * it. Returns a function that gives up without a word.
 */
export function reach(
  origin: URL,
  settings: ConnectionSettings,
  clock: Clock,
  onStep: (step: string) => void,
  callback: OnReached,
): () => void {
  const { guard, proxy, socketPath, lookup } = settings
  try {
    if (socketPath !== undefined) {
      guard?.checkSocket(origin, socketPath)
      return byUnixSocket(socketPath, onStep, callback)
    }
    if (proxy !== undefined && proxy !== false) return throughProxy(proxy, origin, settings, clock, onStep, callback)
    guard?.checkTarget(origin)
  } catch (refusal) {
    callback(refusal instanceof Error ? refusal : new Error(String(refusal)), undefined)
    return () => undefined
  }
  const via = proxy === false ? directly : undefined
  const isHttp1 = origin.protocol !== 'https:' && !settings.priorKnowledge && settings.httpVersion !== '2'
  return dial(
    {
      // `[::1]` is `::1` to sockets.
      host: origin.hostname.replace(/^\[|\]$/g, ''),
      port: portOf(origin),
      lookup,
      shares: isHttp1,
      screen: guard === undefined ? undefined : (addresses) => guard.screen(origin, addresses),
    },
    clock,
    onStep,
    (error, socket) => callback(error, socket === undefined ? undefined : { socket, via }),
  )
}

function byUnixSocket(path: string, onStep: (step: string) => void, callback: OnReached): () => void {
  onStep('connecting')
  let over = false
  const socket = connectSocket(path)
  const failed = (error: Error): void => {
    over = true
    callback(error, undefined)
  }
  socket.once('error', failed)
  socket.once('connect', () => {
    if (over) return
    over = true
    socket.off('error', failed)
    callback(null, { socket, via: undefined })
  })
  return () => {
    if (over) return
    over = true
    socket.off('error', failed)
    socket.on('error', () => undefined)
    socket.destroy()
  }
}
