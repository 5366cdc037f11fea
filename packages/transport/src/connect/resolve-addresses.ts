import { lookup as systemLookup, type LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'

type Callback = (error: Error | null, addresses: readonly LookupAddress[]) => void

/** All addresses of a host, the families taking turns from the first one's (RFC 8305 §4). */
export function resolveAddresses(host: string, lookup: LookupFunction | undefined, callback: Callback): void {
  const family = isIP(host)
  if (family !== 0) {
    callback(null, [{ address: host, family }])
    return
  }
  const resolve: LookupFunction = lookup ?? systemLookup
  try {
    resolve(host, { all: true }, (error, address, oneFamily) => {
      if (error !== null) callback(error, [])
      else if (typeof address !== 'string') callback(null, takeTurns(address))
      else callback(null, [{ address, family: oneFamily ?? isIP(address) }])
    })
  } catch (error) {
    callback(error instanceof Error ? error : new Error(String(error)), [])
  }
}

function takeTurns(addresses: readonly LookupAddress[]): readonly LookupAddress[] {
  const first = addresses.filter(({ family }) => family === addresses[0]?.family)
  const others = addresses.filter(({ family }) => family !== addresses[0]?.family)
  const turns: LookupAddress[] = []
  for (let at = 0; at < Math.max(first.length, others.length); at += 1) {
    for (const list of [first, others]) {
      const address = list[at]
      if (address !== undefined) turns.push(address)
    }
  }
  return turns
}
