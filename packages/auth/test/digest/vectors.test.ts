import { newCall, respond } from '@halyard/core'
import { fakeRuntime } from '@halyard/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { credentials } from '../../src/basic/credentials.ts'
import { digestAuthorization } from '../../src/digest/authorization.ts'
import { bestOffer, type DigestOffer } from '../../src/digest/offer.ts'
import { digestAlgorithms } from '../../src/digest/algorithm.ts'
import { digest, parseAuthInfo, parseChallenges } from '../../src/index.ts'
import { requestTo } from '../schemes/kit.ts'

const origin = 'http://api.test'

function offered(field: string): DigestOffer {
  const offer = bestOffer(parseChallenges([field]), digestAlgorithms, origin)
  if (offer === undefined) throw new Error('not a challenge')
  return offer
}

function responseTo(
  field: string,
  name: string,
  password: string,
  use: { cnonce: string; uri: string; bodyHash?: string },
): ReadonlyMap<string, string> {
  const offer = offered(field)
  const value = digestAuthorization(offer, credentials('digest', name, password), {
    method: 'GET',
    nonce: offer.nonce,
    nc: '00000001',
    bodyHash: undefined,
    ...use,
  })
  return parseAuthInfo([value.replace('Digest ', '')])
}

describe('the vectors of the RFCs', () => {
  const rest =
    'realm="http-auth@example.org", qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
  const use = { cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ', uri: '/dir/index.html' }

  // RFC 7616 §3.9.1
  test.each([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ])('%s', (algorithm, response) => {
    const sent = responseTo(`Digest ${rest}, algorithm=${algorithm}`, 'Mufasa', 'Circle of Life', use)
    expect(Object.fromEntries(sent)).toEqual({
      username: 'Mufasa',
      realm: 'http-auth@example.org',
      uri: use.uri,
      algorithm,
      nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
      nc: '00000001',
      cnonce: use.cnonce,
      qop: 'auth',
      response,
      opaque: 'FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS',
    })
  })

  // RFC 7616 §3.9.2, with the values of erratum 4897.
  test('SHA-512-256 with a hashed name in UTF-8', () => {
    const field =
      'Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true'
    const sent = responseTo(field, 'Jäsøn Doe', 'Secret, or not?', {
      cnonce: 'NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v',
      uri: '/doe.json',
    })
    expect(sent.get('username')).toBe('793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b')
    expect(sent.get('response')).toBe('3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5')
    expect(sent.get('userhash')).toBe('true')
    const plain = responseTo(field.replace(', userhash=true', ''), 'Jäsøn Doe', 'Secret, or not?', {
      cnonce: 'x',
      uri: '/doe.json',
    })
    expect(plain.get('username*')).toBe("UTF-8''J%C3%A4s%C3%B8n%20Doe")
  })

  // RFC 2617 §3.5
  test('MD5 of old', () => {
    const field = 'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'
    const sent = responseTo(field, 'Mufasa', 'Circle Of Life', { cnonce: '0a4f113b', uri: '/dir/index.html' })
    expect(sent.get('response')).toBe('6629fae49393a05397450978507c4ef1')
  })

  // RFC 2069 §2.4, with its erratum 749.
  test('without qop', () => {
    const field =
      'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    const sent = responseTo(field, 'Mufasa', 'CircleOfLife', { cnonce: 'none', uri: '/dir/index.html' })
    expect(sent.get('response')).toBe('1949323746fe6a43ef61f9606e7febea')
    expect(sent.has('cnonce') || sent.has('nc') || sent.has('qop')).toBe(false)
  })
})

test('a realm is hashed in the bytes in which it came', () => {
  const bytes = Buffer.from('Zürich').toString('latin1')
  const use = { cnonce: 'c', uri: '/' }
  const sent = responseTo(`Digest realm="${bytes}", nonce="n", qop="auth", userhash=true`, 'u', 'p', use)
  // MD5 of "u:Zürich" in UTF-8.
  expect(sent.get('username')).toBe('6c18b34fbeb02f2cf5cd13701bc34f2d')
  expect(sent.get('realm')).toBe(bytes)
})

test.each([
  'Digest',
  'Digest realm="r"',
  'Digest nonce="n"',
  'Digest realm="r", nonce="n", algorithm=SHA-1',
  'Digest realm="r", nonce="n", qop="auth-conf"',
  'Digest realm="r", nonce="n", qop=""',
  'Digest realm="r", nonce="n", algorithm=MD5-sess',
  'Digest realm="r", nonce="n',
  'Digest QmFzaWM=',
  'Basic realm="r"',
])('cannot be answered: %s', (field) => {
  expect(bestOffer(parseChallenges([field]), digestAlgorithms, origin)).toBeUndefined()
})

test('whatever a server puts into quotes comes back as it was, and nothing breaks out of them', async () => {
  const text = fc.string({ unit: fc.constantFrom(...Array.from('ab"\\ ,=\t:;äÿ')), minLength: 1 })
  const quoted = (value: string): string => `"${value.replace(/["\\]/g, '\\$&')}"`
  await fc.assert(
    fc.asyncProperty(text, text, text, async (realm, nonce, opaque) => {
      const provider = digest('u"ser\\', 'p')
      const field = `Digest realm=${quoted(realm)}, nonce=${quoted(nonce)}, opaque=${quoted(opaque)}, qop="auth"`
      const response = respond({ status: 401, headers: { 'www-authenticate': field } })
      const call = newCall()
      const replay = await provider.challenge?.(response, requestTo(`${origin}/a,"?b`), call, fakeRuntime())
      const sent = parseAuthInfo([replay?.headers.get('authorization')?.replace('Digest ', '') ?? ''])
      expect(Object.fromEntries(sent)).toMatchObject({ username: 'u"ser\\', realm, nonce, opaque, nc: '00000001' })
      expect(sent.size).toBe(10)
    }),
  )
})

test.each([[[]], [['SHA-1']], ['SHA-256'], [['sha-256']]])('algorithms: %j is refused', (algorithms) => {
  expect(() => digest('u', 'p', { algorithms: algorithms as never })).toThrow(
    /digest\.algorithms: expected a list of SHA-512-256/,
  )
})
