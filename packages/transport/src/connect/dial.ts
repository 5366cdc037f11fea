import type { LookupAddress } from 'node:dns'
import type { LookupFunction, Socket } from 'node:net'
import type { Clock } from '@halyard/core'
import { race } from './race.ts'
import { resolveAddresses } from './resolve-addresses.ts'

export interface Dialled {
  /** A name or an address, without brackets. */
  readonly host: string
  readonly port: number
  readonly lookup: LookupFunction | undefined
  /** Whether the socket is read into shared memory. */
  readonly shares: boolean
  /** Leaves out addresses that must not be connected to; throws where none is left. */
  readonly screen?: ((addresses: readonly LookupAddress[]) => readonly LookupAddress[]) | undefined
}

/** Resolves a name and races its addresses. Returns a function that gives up without a word. */
export function dial(
  dialled: Dialled,
  clock: Clock,
  onStep: (step: string) => void,
  callback: (error: Error | null, socket: Socket | undefined) => void,
): () => void {
  let over = false
  let cancelRace: (() => void) | undefined
  onStep('name resolution')
  resolveAddresses(dialled.host, dialled.lookup, (error, addresses) => {
    if (over) return
    if (error !== null) {
      callback(error, undefined)
      return
    }
    let admitted = addresses
    try {
      if (dialled.screen !== undefined) admitted = dialled.screen(addresses)
    } catch (refusal) {
      callback(refusal instanceof Error ? refusal : new Error(String(refusal)), undefined)
      return
    }
    onStep('connecting')
    cancelRace = race(admitted, dialled.port, dialled.shares, clock, callback)
  })
  return () => {
    over = true
    cancelRace?.()
  }
}
