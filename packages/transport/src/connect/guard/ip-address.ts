import { isIP } from 'node:net'

/** An address as a number of 32 or 128 bits. */
export interface IpAddress {
  readonly family: 4 | 6
  readonly value: bigint
}

/** Reads the usual spelling of an address; a zone (`fe80::1%eth0`) is left out. Anything else is `undefined`. */
export function parseIp(text: string): IpAddress | undefined {
  const family = isIP(text)
  if (family === 4) return { family, value: parseDotted(text) }
  return family === 6 ? { family, value: parseGroups(text.replace(/%.*$/s, '')) } : undefined
}

/** The IPv4 address that `bits` is, written as usual. */
export function formatIpv4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 0xffn)).join('.')
}

function parseDotted(text: string): bigint {
  return text.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n)
}

function parseGroups(text: string): bigint {
  // RFC 4291 §2.2: the last 32 bits may be written as IPv4 writes them.
  const dotted = /[^:]+\.[^:]+$/.exec(text)?.[0]
  const whole = dotted === undefined ? text : text.slice(0, -dotted.length) + inGroups(parseDotted(dotted))
  const [head = '', tail] = whole.split('::')
  const left = groups(head)
  const right = tail === undefined ? [] : groups(tail)
  const zeros = Array.from({ length: tail === undefined ? 0 : 8 - left.length - right.length }, () => 0n)
  return [...left, ...zeros, ...right].reduce((value, group) => (value << 16n) | group, 0n)
}

function groups(text: string): bigint[] {
  return text === '' ? [] : text.split(':').map((group) => BigInt(`0x${group}`))
}

function inGroups(ipv4: bigint): string {
  return `${(ipv4 >> 16n).toString(16)}:${(ipv4 & 0xffffn).toString(16)}`
}
