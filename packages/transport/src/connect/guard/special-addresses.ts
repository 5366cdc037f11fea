import { contains, parseCidr, type Cidr } from './cidr.ts'
import type { IpAddress } from './ip-address.ts'

/** What is not a public address, by the registries of RFC 6890; of two that fit, the earlier says more. */
const special: readonly (readonly [block: string, name: string])[] = [
  ['169.254.169.254', 'the metadata service of a cloud'],
  // Azure's; the rest of its block is public.
  ['168.63.129.16', 'the metadata service of a cloud'],
  ['100.100.100.200', 'the metadata service of a cloud'],
  ['0.0.0.0/8', 'of this network'],
  ['10.0.0.0/8', 'private'],
  ['100.64.0.0/10', 'shared by a carrier'],
  ['127.0.0.0/8', 'loopback'],
  ['169.254.0.0/16', 'link-local'],
  ['172.16.0.0/12', 'private'],
  ['192.0.0.0/24', 'for protocols'],
  ['192.0.2.0/24', 'for documentation'],
  ['192.31.196.0/24', 'for AS112'],
  ['192.52.193.0/24', 'for relays'],
  ['192.88.99.0/24', 'for relays'],
  ['192.168.0.0/16', 'private'],
  ['192.175.48.0/24', 'for AS112'],
  ['198.18.0.0/15', 'for benchmarks'],
  ['198.51.100.0/24', 'for documentation'],
  ['203.0.113.0/24', 'for documentation'],
  ['224.0.0.0/4', 'multicast'],
  ['255.255.255.255', 'broadcast'],
  ['240.0.0.0/4', 'reserved'],
  ['fd00:ec2::254', 'the metadata service of a cloud'],
  ['::', 'unspecified'],
  ['::1', 'loopback'],
  ['::ffff:0:0/96', 'an IPv4 address in IPv6'],
  ['::ffff:0:0:0/96', 'an IPv4 address in IPv6'],
  ['::/96', 'an IPv4 address in IPv6'],
  ['64:ff9b::/96', 'translated to IPv4'],
  ['64:ff9b:1::/48', 'translated to IPv4'],
  ['100::/64', 'discarded'],
  ['2001::/32', 'of a Teredo tunnel'],
  ['2001:2::/48', 'for benchmarks'],
  ['2001::/23', 'for protocols'],
  ['2001:db8::/32', 'for documentation'],
  ['2002::/16', 'of a 6to4 tunnel'],
  ['3fff::/20', 'for documentation'],
  ['fc00::/7', 'private'],
  ['fe80::/10', 'link-local'],
  ['fec0::/10', 'site-local'],
  ['ff00::/8', 'multicast'],
]

const blocks: readonly (readonly [block: Cidr, name: string])[] = special.map(([text, name]) => [block(text), name])
/** RFC 4291 §2.4: all there is of public IPv6. */
const globalUnicast = block('2000::/3')

/** Why an address is not a public one, in words to put after `is`; `undefined` for a public one. */
export function specialAddress(address: IpAddress): string | undefined {
  const found = blocks.find(([known]) => contains(known, address))?.[1]
  if (found !== undefined) return found
  return address.family === 6 && !contains(globalUnicast, address) ? 'reserved' : undefined
}

/** Where in an IPv6 address an IPv4 address stands: how far from the end, and whether its bits are turned over. */
const embeddings: readonly (readonly [block: Cidr, shift: bigint, inverted: boolean])[] = [
  [block('::ffff:0:0/96'), 0n, false],
  [block('::ffff:0:0:0/96'), 0n, false],
  [block('::/96'), 0n, false],
  [block('64:ff9b::/96'), 0n, false],
  [block('64:ff9b:1::/48'), 0n, false],
  [block('2002::/16'), 80n, false],
  // RFC 4380 §4: the server in clear, the client turned over.
  [block('2001::/32'), 64n, false],
  [block('2001::/32'), 0n, true],
]

/** The IPv4 addresses that packets to an IPv6 address may end at. */
export function embeddedIpv4({ family, value }: IpAddress): readonly IpAddress[] {
  const found = embeddings
    .filter(([known]) => contains(known, { family, value }))
    .map(([, shift, inverted]): IpAddress => {
      const bits = (value >> shift) & 0xffff_ffffn
      return { family: 4, value: inverted ? bits ^ 0xffff_ffffn : bits }
    })
  if (!contains(localTranslation, { family, value })) return found
  // RFC 6052 §2.2: a prefix of 48 bits splits the address around the bits 64 to 71.
  return [...found, { family: 4, value: (((value >> 64n) & 0xffffn) << 16n) | ((value >> 40n) & 0xffffn) }]
}

const localTranslation = block('64:ff9b:1::/48')

function block(text: string): Cidr {
  const parsed = parseCidr(text)
  if (parsed === undefined) throw new Error(`${text} is no block of addresses`)
  return parsed
}
