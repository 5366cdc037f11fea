import { BlockList, isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { contains, parseCidr } from '../../src/connect/guard/cidr.ts'
import { formatIpv4, parseIp } from '../../src/connect/guard/ip-address.ts'
import { embeddedIpv4, specialAddress } from '../../src/connect/guard/special-addresses.ts'

const ipv4 = fc.ipV4()
const ipv6 = fc.ipV6()
const anyIp = fc.oneof(ipv4, ipv6)

/** The same registries, by Node's own list; one for each family, for Node takes IPv4 for mapped addresses. */
const secondOpinion = { 4: new BlockList(), 6: new BlockList() }
for (const block of [
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24',
  '192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24',
  '203.0.113.0/24 224.0.0.0/3 168.63.129.16/32',
  '::/3 4000::/2 8000::/1 2001::/23 2001:db8::/32 2002::/16 3fff::/20',
].flatMap((line) => line.split(' '))) {
  const [address = '', prefix] = block.split('/')
  if (isIP(address) === 4) secondOpinion[4].addSubnet(address, Number(prefix), 'ipv4')
  else secondOpinion[6].addSubnet(address, Number(prefix), 'ipv6')
}

/** Near the edges of the blocks, too. */
const nearSpecial = fc
  .tuple(
    fc.constantFrom('10.0.0.0', '100.64.0.0', '127.0.0.0', '172.16.0.0', '192.0.2.0', '198.18.0.0', '224.0.0.0'),
    fc.integer({ min: -70_000, max: 70_000 }),
  )
  .map(([address, offset]) => formatIpv4((parseIp(address)?.value ?? 0n) + BigInt(offset)))

function why(text: string): string | undefined {
  const address = parseIp(text)
  if (address === undefined) throw new Error(`${text} is no address`)
  return specialAddress(address)
}

test.each([
  ['0.0.0.0', 'of this network'],
  ['0.255.255.255', 'of this network'],
  ['10.0.0.1', 'private'],
  ['100.64.0.1', 'shared by a carrier'],
  ['100.100.100.200', 'the metadata service of a cloud'],
  ['127.0.0.1', 'loopback'],
  ['127.255.255.254', 'loopback'],
  ['169.254.1.1', 'link-local'],
  ['169.254.169.254', 'the metadata service of a cloud'],
  ['168.63.129.16', 'the metadata service of a cloud'],
  ['172.16.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['192.0.0.8', 'for protocols'],
  ['192.0.2.1', 'for documentation'],
  ['192.88.99.1', 'for relays'],
  ['192.168.1.1', 'private'],
  ['198.18.0.1', 'for benchmarks'],
  ['198.51.100.1', 'for documentation'],
  ['203.0.113.1', 'for documentation'],
  ['224.0.0.1', 'multicast'],
  ['240.0.0.1', 'reserved'],
  ['255.255.255.255', 'broadcast'],
  ['::', 'unspecified'],
  ['::1', 'loopback'],
  ['::127.0.0.1', 'an IPv4 address in IPv6'],
  ['::ffff:127.0.0.1', 'an IPv4 address in IPv6'],
  ['::ffff:8.8.8.8', 'an IPv4 address in IPv6'],
  ['::ffff:7f00:1', 'an IPv4 address in IPv6'],
  ['::ffff:0:7f00:1', 'an IPv4 address in IPv6'],
  ['64:ff9b::7f00:1', 'translated to IPv4'],
  ['64:ff9b:1::7f00:1', 'translated to IPv4'],
  ['2002:7f00:1::', 'of a 6to4 tunnel'],
  ['2001:0:53aa:64c:0:0:80ff:fffe', 'of a Teredo tunnel'],
  ['2001:db8::1', 'for documentation'],
  ['3fff::1', 'for documentation'],
  ['fc00::1', 'private'],
  ['fd12:3456::1', 'private'],
  ['fd00:ec2::254', 'the metadata service of a cloud'],
  ['fe80::1', 'link-local'],
  ['fe80::1%eth0', 'link-local'],
  ['fec0::1', 'site-local'],
  ['ff02::1', 'multicast'],
  ['5f00::1', 'reserved'],
  ['8000::1', 'reserved'],
])('%s is %s', (address, words) => {
  expect(why(address)).toBe(words)
})

test.each(['1.1.1.1', '8.8.8.8', '100.63.255.255', '100.128.0.0', '172.15.255.255', '172.32.0.0', '192.0.1.0'])(
  '%s is public',
  (address) => expect(why(address)).toBeUndefined(),
)

test.each(['2606:4700:4700::1111', '2a00:1450:4001:81b::200e', '2001:4860:4860::8888', '2400::'])(
  '%s is public',
  (address) => expect(why(address)).toBeUndefined(),
)

test('Node’s list of the same blocks agrees', () => {
  fc.assert(
    fc.property(fc.oneof(anyIp, nearSpecial), (text) => {
      const known = isIP(text) === 4 ? secondOpinion[4].check(text) : secondOpinion[6].check(text, 'ipv6')
      expect(why(text) !== undefined).toBe(known)
    }),
    { numRuns: 2_000 },
  )
})

describe('addresses', () => {
  test('IPv4 comes back as it was', () => {
    fc.assert(
      fc.property(ipv4, (text) => {
        expect(formatIpv4(parseIp(text)?.value ?? -1n)).toBe(text)
      }),
    )
  })

  test('IPv6 is what the URL parser takes it for', () => {
    fc.assert(
      fc.property(ipv6, (text) => {
        const host = new URL(`http://[${text}]/`).hostname.slice(1, -1)
        expect(parseIp(host)).toEqual(parseIp(text))
      }),
    )
  })

  test('nothing else is an address', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseIp(text) !== undefined).toBe(isIP(text) !== 0)
      }),
    )
  })

  test.each([
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['64:ff9b::a00:1', '10.0.0.1'],
    ['2002:a00:1::1', '10.0.0.1'],
    ['64:ff9b:1:a00:0:100::', '10.0.0.1'],
    ['2001:0:a00:1::', '10.0.0.1'],
    ['2001:0:53aa:64c:0:0:f5ff:fffe', '10.0.0.1'],
  ])('%s holds %s', (text, inside) => {
    const address = parseIp(text)
    const held = address === undefined ? [] : embeddedIpv4(address).map(({ value }) => formatIpv4(value))
    expect(held).toContain(inside)
  })
})

describe('blocks', () => {
  const blocks = fc
    .tuple(anyIp, fc.integer({ min: 0, max: 128 }))
    .filter(([address, bits]) => bits <= (isIP(address) === 4 ? 32 : 128))

  test('contain what Node says they do', () => {
    fc.assert(
      fc.property(blocks, anyIp, fc.boolean(), ([address, bits], other, near) => {
        const ip = parseIp(address)
        if (ip === undefined) throw new Error('no address')
        const freeBits = BigInt((ip.family === 4 ? 32 : 128) - bits)
        const block = { family: ip.family, first: (ip.value >> freeBits) << freeBits, freeBits }
        const list = new BlockList()
        list.addSubnet(address, bits, ip.family === 4 ? 'ipv4' : 'ipv6')
        const tried = near ? address : other
        fc.pre(!/^(?:0*:)+:?ffff:/i.test(tried) && !/^(?:0*:)+:?ffff:/i.test(address))
        const parsed = parseIp(tried)
        if (parsed === undefined) throw new Error('no address')
        if (parsed.family === ip.family)
          expect(contains(block, parsed)).toBe(list.check(tried, parsed.family === 4 ? 'ipv4' : 'ipv6'))
        else expect(contains(block, parsed)).toBe(false)
      }),
    )
  })

  test('are read where they begin where they say, and only there', () => {
    fc.assert(
      fc.property(blocks, ([address, bits]) => {
        const ip = parseIp(address)
        if (ip === undefined) throw new Error('no address')
        const free = BigInt((ip.family === 4 ? 32 : 128) - bits)
        const starts = (ip.value >> free) << free === ip.value
        expect(parseCidr(`${address}/${bits}`) !== undefined).toBe(starts)
      }),
    )
  })

  test.each([
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/08',
    '10.0.0.1/8',
    '10.0.0/8',
    'fd00::/129',
    'fe80::%1/64',
    '/8',
    'a/8',
  ])('%s is none', (text) => expect(parseCidr(text)).toBeUndefined())
})
