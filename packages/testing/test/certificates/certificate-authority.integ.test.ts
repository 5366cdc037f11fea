import { connect, type ConnectionOptions } from 'node:tls'
import { beforeAll, expect, test } from 'vitest'
import {
  type Certificate,
  certificateAuthority,
  type CertificateRequest,
  httpsServer,
  testAuthority,
} from '../../src/index.ts'

// Loading the library for certificates takes its time on a busy machine.
beforeAll(() => testAuthority(), 60_000)

/** `accepted`, or the code by which Node refuses the certificate. */
async function verdict(certificate: Certificate, options: ConnectionOptions = {}): Promise<string> {
  await using server = await httpsServer(() => {}, { certificate })
  return await new Promise((resolve) => {
    const socket = connect({ port: server.port, host: '127.0.0.1', ca: certificate.authority, ...options })
    socket.on('secureConnect', () => {
      resolve('accepted')
      socket.destroy()
    })
    socket.on('error', (error) => resolve('code' in error ? String(error.code) : error.message))
  })
}

const past = new Date(Date.now() - 60_000)
const future = new Date(Date.now() + 60_000)

test.each<[string, CertificateRequest, ConnectionOptions, string]>([
  ['for this machine', {}, {}, 'accepted'],
  ['for localhost', {}, { servername: 'localhost' }, 'accepted'],
  ['expired', { notAfter: past }, {}, 'CERT_HAS_EXPIRED'],
  ['not yet valid', { notBefore: future }, {}, 'CERT_NOT_YET_VALID'],
  ['for another host', { names: ['other.test'] }, {}, 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ['for any host of a domain', { names: ['*.a.test'] }, { servername: 'b.a.test' }, 'accepted'],
  ['for clients', { usages: 'client' }, {}, 'INVALID_PURPOSE'],
  ['for both', { usages: 'both' }, {}, 'accepted'],
  [
    'with an address in the common name only',
    { noSan: true, commonName: '127.0.0.1' },
    {},
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ],
])('a certificate %s', async (_what, request, options, expected) => {
  const authority = await certificateAuthority()
  expect(await verdict(await authority.issue(request), options)).toBe(expected)
})

test('another root, also of the same name, does not vouch for it', async () => {
  const [authority, other] = await Promise.all([certificateAuthority(), certificateAuthority()])
  const issued = await authority.issue()
  expect(await verdict(issued, { ca: other.cert })).not.toBe('accepted')
  expect(issued.authority).toBe(authority.cert)
  expect(issued.chain).toBeUndefined()
})

test('an intermediate is trusted by its chain, and not without', async () => {
  const root = await certificateAuthority({ commonName: 'root of the test' })
  const { chain = '', ...bare } = await (await root.intermediate()).issue()
  expect(bare.authority).toBe(root.cert)
  expect(await verdict({ ...bare, chain })).toBe('accepted')
  expect(await verdict(bare)).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE')
})

test('an authority that has expired makes what it issued invalid', async () => {
  const root = await certificateAuthority({ notAfter: past })
  expect(await verdict(await root.issue())).toBe('CERT_HAS_EXPIRED')
})

test('loading the library leaves `Reflect` as it was', async () => {
  await certificateAuthority()
  expect(Reflect).not.toHaveProperty('getMetadata')
})
