import { parseIp, type IpAddress } from './ip-address.ts'

/** A block of addresses (RFC 4632 §3.1, RFC 4291 §2.3). */
export interface Cidr {
  readonly family: 4 | 6
  /** The first address of the block. */
  readonly first: bigint
  /** How many bits at the end may be anything. */
  readonly freeBits: bigint
}

/** Reads `10.0.0.0/8`, `fd00::/8`, or one address. `undefined` for anything else, and for bits below the prefix. */
export function parseCidr(text: string): Cidr | undefined {
  const [, address = '', prefix] = /^([^/%]+)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? []
  const ip = parseIp(address)
  if (ip === undefined) return undefined
  const width = ip.family === 4 ? 32 : 128
  const bits = prefix === undefined ? width : Number(prefix)
  if (bits > width) return undefined
  const freeBits = BigInt(width - bits)
  // A block that begins in its own middle is a slip of the pen.
  return (ip.value >> freeBits) << freeBits === ip.value ? { family: ip.family, first: ip.value, freeBits } : undefined
}

export function contains(block: Cidr, { family, value }: IpAddress): boolean {
  return family === block.family && value >> block.freeBits === block.first >> block.freeBits
}
