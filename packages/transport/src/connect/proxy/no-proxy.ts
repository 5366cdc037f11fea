import { parseCidr } from '../guard/cidr.ts'
import { hostOf, matchesAddress, matchesName, parseHostRule, portOf, type HostRule } from '../guard/host-rule.ts'
import { parseIp, type IpAddress } from '../guard/ip-address.ts'
import { embeddedIpv4 } from '../guard/special-addresses.ts'

/** Where no proxy is used. */
export interface NoProxy {
  readonly everything: boolean
  readonly rules: readonly HostRule[]
}

/**
 * Reads `no_proxy`: names, that stand for what is below them, too, with or without a dot or `*.` before them;
 * addresses; blocks of addresses; each with or without `:port`; `*` for everything. Separated by commas or spaces. What
 * cannot be read is passed over, for others read the same variable.
 */
export function parseNoProxy(text: string): NoProxy {
  const entries = text.split(/[\s,]+/).filter((entry) => entry !== '')
  const rules = entries.map(parseEntry).filter((rule) => rule !== undefined)
  return { everything: entries.includes('*'), rules }
}

/** Whether a target is one of those that no proxy is used for. */
export function isExempt({ everything, rules }: NoProxy, target: URL): boolean {
  if (everything) return true
  const host = hostOf(target)
  const port = portOf(target)
  const addresses = reachable(parseIp(host))
  return rules.some(
    (rule) => matchesName(rule, host, port) || addresses.some((address) => matchesAddress(rule, address, port)),
  )
}

/** Whether a target is this machine. */
export function isLoopback(target: URL): boolean {
  const host = hostOf(target)
  if (host === 'localhost' || host.endsWith('.localhost')) return true
  return reachable(parseIp(host)).some(({ family, value }) => (family === 4 ? value >> 24n === 127n : value === 1n))
}

/** An address, and the IPv4 address that it is in disguise. */
function reachable(address: IpAddress | undefined): readonly IpAddress[] {
  return address === undefined ? [] : [address, ...embeddedIpv4(address)]
}

function parseEntry(entry: string): HostRule | undefined {
  const rule = parseHostRule(entry.replace(/^\*?\.(?=[^.])/, ''))
  if (rule !== undefined) return rule.name === undefined ? rule : { ...rule, below: 'too' }
  // Others take blocks that begin in their own middle.
  const [, address = '', prefix = ''] = /^([^/]+)\/(\d{1,3})$/.exec(entry) ?? []
  const ip = parseIp(address)
  const whole = ip === undefined ? undefined : parseCidr(`${address}`)
  const width = ip?.family === 4 ? 32 : 128
  if (whole === undefined || Number(prefix) > width) return undefined
  const freeBits = BigInt(width - Number(prefix))
  return { text: entry, name: undefined, below: 'no', block: { ...whole, freeBits }, port: undefined }
}
