import { contains, parseCidr, type Cidr } from './cidr.ts'
import { parseIp, type IpAddress } from './ip-address.ts'

/** Hosts by name, or addresses by block, on one port or all. */
export interface HostRule {
  /** As it was written, for messages. */
  readonly text: string
  readonly name: string | undefined
  /** Whether names below `name` are meant, too; `only` means those alone. */
  readonly below: 'no' | 'too' | 'only'
  readonly block: Cidr | undefined
  readonly port: number | undefined
}

/**
 * Reads `host`, `*.host` (what is below, without the host itself), an address, a block of addresses, each with or
 * without `:port`; IPv6 with a port stands in brackets. `undefined` for anything else.
 */
export function parseHostRule(text: string): HostRule | undefined {
  const bare = parseCidr(text)
  if (bare !== undefined) return { text, name: undefined, below: 'no', block: bare, port: undefined }
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const host = bracketed ?? plain
  if (host === undefined || (port !== undefined && (Number(port) < 1 || Number(port) > 65_535))) return undefined
  const number = port === undefined ? undefined : Number(port)
  const block = parseCidr(host)
  if (block !== undefined) {
    const fits = (block.family === 6) === (bracketed !== undefined)
    return fits ? { text, name: undefined, below: 'no', block, port: number } : undefined
  }
  if (bracketed !== undefined) return undefined
  const below = host.startsWith('*.')
  const name = canonicalName(below ? host.slice(2) : host)
  return name === undefined ? undefined : { text, name, below: below ? 'only' : 'no', block: undefined, port: number }
}

/** Whether a rule means a host by its name. */
export function matchesName(rule: HostRule, host: string, port: number): boolean {
  const { name, below } = rule
  if (name === undefined || (rule.port !== undefined && rule.port !== port)) return false
  return (below !== 'only' && host === name) || (below !== 'no' && host.endsWith(`.${name}`))
}

/** Whether a rule means an address. */
export function matchesAddress(rule: HostRule, address: IpAddress, port: number): boolean {
  return rule.block !== undefined && (rule.port === undefined || rule.port === port) && contains(rule.block, address)
}

/** The host of a URL as rules are compared with it: without brackets and without the dot at the end. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
}

export function portOf(url: URL): number {
  return Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
}

/** A name as the URL parser writes it; no address, for those have blocks. */
function canonicalName(text: string): string | undefined {
  if (!/^(?!\.)(?!.*\.\.)[^\s/\\?#@:[\]*%]+$/.test(text)) return undefined
  const url = URL.parse(`http://${text}/`)
  const name = url === null ? '' : hostOf(url)
  return name === '' || parseIp(name) !== undefined ? undefined : name
}
