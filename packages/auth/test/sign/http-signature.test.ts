import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import {
  bytesBody,
  factoryBody,
  headerList,
  httpRequest,
  newCall,
  streamBody,
  textBody,
  type HttpRequest,
  type RequestBody,
} from '@halyard/core'
import { checkMiddleware } from '@halyard/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { auth, Secret } from '../../src/index.ts'
import { httpSignature, type HttpSignatureOptions, type SignatureAlgorithm } from '../../src/sign/index.ts'
import { componentValue, formEncode } from '../../src/sign/http-signature/component-value.ts'
import { identifierOf, readComponent } from '../../src/sign/http-signature/component.ts'
import { dictionaryOf, strictField, type StructuredKind } from '../../src/sign/http-signature/structured-field.ts'
import { printed, thrownBy } from '../schemes/kit.ts'
import { createdAt, ed25519Key, p256Key, response, sharedSecret, testRequest, vectors } from './rfc9421-vectors.ts'
import { at } from './still-clock.ts'
import { verifies } from './verify-signature.ts'

const runtime = at(createdAt * 1000)

async function signed(options: HttpSignatureOptions, request: HttpRequest = testRequest): Promise<HttpRequest> {
  return await httpSignature(options).apply(request, newCall(), runtime)
}

const hmac = { keyId: 'k', key: sharedSecret, algorithm: 'hmac-sha256' } as const

/** The value of `signature` without its frame. */
function bare(request: HttpRequest, label = 'sig1'): string {
  return request.headers.get('signature')?.slice(`${label}=:`.length, -1) ?? ''
}

describe('RFC 9421 appendix B.2', () => {
  test.each(vectors)('$name', async ({ options, base, input, signature }) => {
    const done = await signed({ ...options, label: 'sig-b2', contentDigest: 'sha-512' })
    expect(done.headers.get('signature-input')).toBe(`sig-b2=${input}`)
    const text = [...base, `"@signature-params": ${input}`].join('\n')
    const key = typeof options.key === 'string' ? createPrivateKey(options.key) : options.key
    expect(verifies(text, signature, key, options.algorithm)).toBe(true)
    expect(verifies(text, bare(done, 'sig-b2'), key, options.algorithm)).toBe(true)
    expect(verifies(`${text} `, bare(done, 'sig-b2'), key, options.algorithm)).toBe(false)
    if (options.algorithm !== 'rsa-pss-sha512') expect(bare(done, 'sig-b2')).toBe(signature)
  })

  test('B.2.4, as far as it is not of a response', () => {
    expect(verifies(response.base, response.signature, createPrivateKey(p256Key), 'ecdsa-p256-sha256')).toBe(true)
  })
})

test.each<[SignatureAlgorithm, () => KeyObject]>([
  ['rsa-pss-sha512', () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey],
  ['rsa-v1_5-sha256', () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey],
  ['ecdsa-p256-sha256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey],
  ['ecdsa-p384-sha384', () => generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey],
  ['ed25519', () => generateKeyPairSync('ed25519').privateKey],
])('%s', async (algorithm, make) => {
  const key = make()
  const pem = key.export({ type: 'pkcs8', format: 'pem' }).toString()
  const jwk = { kty: '', ...key.export({ format: 'jwk' }) }
  for (const form of [key, pem, new Secret(pem), new TextEncoder().encode(pem), jwk]) {
    const done = await signed({ keyId: 'k', key: form, algorithm, components: ['@method'], sendAlgorithm: true })
    const input = `("@method");created=${createdAt};keyid="k";alg="${algorithm}"`
    expect(done.headers.get('signature-input')).toBe(`sig1=${input}`)
    expect(verifies(`"@method": POST\n"@signature-params": ${input}`, bare(done), key, algorithm)).toBe(true)
  }
})

describe('components', () => {
  // The examples of RFC 9421 §2.1 and §2.2.
  const headers = headerList([
    ['Example-Dict', 'a=1,    b=2;x=1;y=2,   c=(a   b   c)'],
    ['Example-Dict', 'd'],
    ['X-OWS-Header', '  Leading and trailing whitespace.   '],
    ['Cache-Control', 'max-age=60'],
    ['Cache-Control', '    must-revalidate'],
    ['X-Empty-Header', ''],
    ['X-Latin', 'caf\u00e9'],
    ['Example-Header', 'value, with, lots'],
    ['Example-Header', 'of, commas'],
    ['Host', 'WWW.Example.com:443'],
  ])
  const message = {
    method: 'GET',
    origin: 'https://www.example.com',
    path: '/path?var=this%20is%20a%20big%0Amultiline%20value&bar=with+plus+whitespace&fa%C3%A7ade%22%3A%20=something&q=1&q=2&qux=',
    headers,
  }
  const valueOf = (component: string, structures = {}): unknown =>
    componentValue(readComponent(component, 'c'), message, structures)

  test.each<[string, string]>([
    ['@method', 'GET'],
    ['@target-uri', message.origin + message.path],
    ['@authority', 'www.example.com'],
    ['@scheme', 'https'],
    ['@request-target', message.path],
    ['@path', '/path'],
    ['@query', message.path.slice('/path'.length)],
    ['@query-param;name="var"', 'this%20is%20a%20big%0Amultiline%20value'],
    ['@query-param;name="bar"', 'with%20plus%20whitespace'],
    ['@query-param;name="fa%C3%A7ade%22%3A%20"', 'something'],
    ['@query-param;name="qux"', ''],
    ['X-OWS-Header', 'Leading and trailing whitespace.'],
    ['cache-control', 'max-age=60, must-revalidate'],
    ['x-empty-header', ''],
    ['example-dict', 'a=1,    b=2;x=1;y=2,   c=(a   b   c), d'],
    ['example-dict;key="a"', '1'],
    ['example-dict;key="b"', '2;x=1;y=2'],
    ['example-dict;key="c"', '(a b c)'],
    ['example-dict;key="d"', '?1'],
    ['example-header;bs', ':dmFsdWUsIHdpdGgsIGxvdHM=:, :b2YsIGNvbW1hcw==:'],
    ['x-latin;bs', ':Y2Fm6Q==:'],
    ['cache-control;sf', 'max-age=60, must-revalidate'],
  ])('%s: %s', (component, value) => expect(valueOf(component)).toEqual({ value }))

  test('structures that were told', () => {
    expect(valueOf('example-dict;sf', { 'example-dict': 'dictionary' })).toEqual({
      value: 'a=1, b=2;x=1;y=2, c=(a b c), d',
    })
  })

  test.each([
    'missing',
    '@query-param;name="none"',
    '@query-param;name="q"',
    'x-latin',
    'example-dict;key="e"',
    'x-ows-header;key="a"',
    'example-dict;sf',
    'constructor;sf',
  ])('%s has no value', (component) => expect(valueOf(component)).toMatchObject({ fault: expect.any(String) }))

  test.each<[string, string]>([
    ['', '/'],
    ['/', '/'],
    ['/a%2Fb', '/a%2Fb'],
  ])('the path %j', (path, value) => {
    expect(componentValue(readComponent('@path', 'c'), { ...message, path }, {})).toEqual({ value })
    expect(componentValue(readComponent('@query', 'c'), { ...message, path }, {})).toEqual({ value: '?' })
  })

  test.each<[string, string]>([
    ['Content-Type', '"content-type"'],
    ['"content-type"', '"content-type"'],
    ['"@query-param";name="a b"', '"@query-param";name="a b"'],
    ['a;key="b"', '"a";key="b"'],
    ['a;sf', '"a";sf'],
  ])('%s is named %s', (given, name) => expect(identifierOf(readComponent(given, 'c'))).toBe(name))

  test.each([
    '',
    '@',
    '@status',
    '@query-param',
    '@method;sf',
    '@query-param;name',
    'a;tr',
    'a;req',
    'a;key',
    'a;bs;sf',
    'a;bs;key="b"',
    'a;sf;sf',
    'a b',
    'a;key="\u00e4"',
    'a\n',
    42,
    undefined,
  ])('%j is refused', (given) => {
    expect(() => readComponent(given, 'c')).toThrow(expect.objectContaining({ code: 'config', option: 'c' }))
  })

  test('any parameter of a query is found by its encoded name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (name, value) => {
        const path = `/?${new URLSearchParams([[name, value]]).toString()}`
        const component = {
          name: '@query-param',
          parameter: formEncode(name),
          key: undefined,
          strict: false,
          binary: false,
        }
        const found = componentValue(component, { ...message, path }, {})
        expect('value' in found && decodeURIComponent(found.value)).toBe(value)
      }),
    )
  })
})

describe('structured fields', () => {
  test.each<[string, StructuredKind, string | undefined]>([
    ['  a;b  ', 'item', 'a;b'],
    ['a; b=?1;b="c"', 'item', 'a;b="c"'],
    ['007', 'item', '7'],
    ['-0', 'item', '0'],
    ['-012.500', 'item', '-12.5'],
    ['1.0', 'item', '1.0'],
    ['@1659578233', 'item', '@1659578233'],
    ['"a \\"b\\" \\\\"', 'item', '"a \\"b\\" \\\\"'],
    [':aGk:', 'item', ':aGk=:'],
    ['?0', 'item', '?0'],
    ['a,b , ( c   d );e', 'list', 'a, b, (c d);e'],
    ['', 'list', ''],
    ['a=1,b,c=?1;x,a=2', 'dictionary', 'a=2, b, c;x'],
    ['a=?0', 'dictionary', 'a=?0'],
    ['a,', 'list', undefined],
    ['a b', 'item', undefined],
    ['"a', 'item', undefined],
    ['1234567890123456', 'item', undefined],
    ['1.2345', 'item', undefined],
    ['(a"b")', 'list', undefined],
    ['A=1', 'dictionary', undefined],
    ['\u00e4', 'item', undefined],
    ['@1.5', 'item', undefined],
  ])('%j as %s', (value, kind, expected) => expect(strictField(value, kind)).toBe(expected))

  const key = fc.stringMatching(/^[a-z*][a-z0-9_.*-]{0,5}$/)
  const item = fc.oneof(
    fc.integer().map(String),
    fc.stringMatching(/^[\x20\x21\x23-\x5b\x5d-\x7e]*$/).map((text) => `"${text}"`),
    fc.stringMatching(/^[A-Za-z*][A-Za-z0-9:/]*$/),
    fc.uint8Array().map((bytes) => `:${Buffer.from(bytes).toString('base64')}:`),
    fc.constantFrom('?0', '@12'),
  )

  test('what is strict stays as it is, and spaces do not count', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(key, item), { selector: ([name]) => name }), (members) => {
        const strict = members.map(([name, value]) => `${name}=${value}`)
        expect(strictField(strict.join(', '), 'dictionary')).toBe(strict.join(', '))
        expect(strictField(`  ${strict.join(' ,\t')} `, 'dictionary')).toBe(strict.join(', '))
        for (const [name, value] of members) expect(dictionaryOf(strict.join(','))?.get(name)).toBe(value)
      }),
    )
  })

  test('any text is read or refused', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', '1', '"', '\\', ';', '=', ',', '(', ')', ' ', ':', '?', '@', '.'),
    })
    fc.assert(
      fc.property(text, fc.constantFrom<StructuredKind>('item', 'list', 'dictionary'), (value, kind) => {
        const strict = strictField(value, kind)
        if (strict !== undefined && strict !== '') expect(strictField(strict, kind)).toBe(strict)
      }),
    )
  })
})

describe('digests', () => {
  const bytes = new TextEncoder().encode('{"hello": "world"}')
  const sha256 = 'sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:'
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield bytes.subarray(0, 5)
    yield bytes.subarray(5)
  }
  const put = (body: RequestBody | undefined, headers = {}): HttpRequest =>
    httpRequest({ method: 'PUT', origin: 'https://a.test', path: '/', headers: headerList(headers), body })

  test('bytes are hashed', async () => {
    expect((await signed(hmac, put(bytesBody(bytes)))).headers.get('content-digest')).toBe(sha256)
  })

  test('what can be opened again is read once more, if that is wanted', async () => {
    const body = factoryBody(chunks)
    const done = await signed({ ...hmac, rereadBodies: true }, put(body))
    expect(done.headers.get('content-digest')).toBe(sha256)
    expect(await thrownBy(() => signed(hmac, put(body)))).toMatchObject({ code: 'auth', sent: 'no' })
  })

  test('a stream has none, which is an error only where it is to be covered', async () => {
    const body = streamBody(chunks())
    const error = await thrownBy(() => signed({ ...hmac, rereadBodies: true }, put(body)))
    expect(String(error)).toContain('PUT https://a.test/: the request cannot be signed: the component "content-digest"')
    const done = await signed({ ...hmac, components: ['@method'] }, put(body))
    expect(done.headers.has('content-digest')).toBe(false)
  })

  test('one that the call gives stands', async () => {
    const done = await signed(hmac, put(streamBody(chunks()), { 'Content-Digest': sha256 }))
    expect(done.headers.getAll('content-digest')).toEqual([sha256])
  })

  test('a request without a body is signed without it', async () => {
    const done = await signed({ ...hmac, components: ['@method', 'content-digest', 'content-length'] }, put(undefined))
    expect(done.headers.get('signature-input')).toBe(`sig1=("@method");created=${createdAt};keyid="k"`)
  })

  test('none at all', async () => {
    const done = await signed({ ...hmac, contentDigest: false, components: ['@method'] }, put(textBody('x')))
    expect(done.headers.has('content-digest')).toBe(false)
  })
})

test('parameters', async () => {
  const options = { ...hmac, components: ['@method'], expiresInMs: 60_500, nonce: true, tag: 'a "tag"' } as const
  const inputs = await Promise.all([signed(options), signed(options)])
  const [one, other] = inputs.map(({ headers }) => headers.get('signature-input') ?? '')
  expect(one).toMatch(
    /^sig1=\("@method"\);created=1618884473;expires=1618884533;keyid="k";nonce="[\w-]{22}";tag="a \\"tag\\""$/,
  )
  expect(one).not.toBe(other)
  const timeless = await signed({ ...hmac, components: ['@method'], created: false })
  expect(timeless.headers.get('signature-input')).toBe('sig1=("@method");keyid="k"')
  const error = await thrownBy(() => signed({ ...hmac, nonce: () => 'a\n' }))
  expect(error).toMatchObject({ code: 'auth', sent: 'no' })
})

test.each<[string, object, string]>([
  ['no key', { ...hmac, key: undefined }, 'httpSignature.key'],
  ['no id', { ...hmac, keyId: undefined }, 'httpSignature.keyId'],
  ['an id with a line feed', { ...hmac, keyId: 'a\n' }, 'httpSignature.keyId'],
  ['no algorithm', { ...hmac, algorithm: undefined }, 'httpSignature.algorithm'],
  ['an unknown algorithm', { ...hmac, algorithm: 'none' }, 'httpSignature.algorithm'],
  ['a short secret', { ...hmac, key: 's3cret' }, 'httpSignature.key'],
  ['a private key as secret', { ...hmac, key: ed25519Key }, 'httpSignature.key'],
  ['another kind of key', { ...hmac, algorithm: 'ecdsa-p256-sha256', key: ed25519Key }, 'httpSignature.key'],
  ['another curve', { ...hmac, algorithm: 'ecdsa-p384-sha384', key: p256Key }, 'httpSignature.key'],
  ['no file', { ...hmac, algorithm: 'ed25519', key: 's3cret-that-is-no-path' }, 'httpSignature.key'],
  ['a component twice', { ...hmac, components: ['date', 'Date'] }, 'httpSignature.components'],
  ['a component that is none', { ...hmac, components: ['@status'] }, 'httpSignature.components[0]'],
  ['a label', { ...hmac, label: 'Sig' }, 'httpSignature.label'],
  ['expiry without creation', { ...hmac, created: false, expiresInMs: 1000 }, 'httpSignature.expiresInMs'],
  ['a kind of structure', { ...hmac, structuredFields: { a: 'x' } }, 'httpSignature.structuredFields.a'],
])('refuses %s', async (_name, options, option) => {
  const error = await thrownBy(() => httpSignature(options as HttpSignatureOptions))
  expect(error).toMatchObject({ code: 'config', option })
  expect(printed(error)).not.toContain('s3cret')
  expect(printed(error)).not.toContain('MC4CAQ')
})

test('no key shows', () => {
  const provider = httpSignature({ keyId: 'k', key: ed25519Key, algorithm: 'ed25519' })
  const secret = httpSignature({ ...hmac, key: 's3cret'.repeat(9) })
  for (const one of [provider, secret, auth(secret, { origins: ['https://a.test'] })]) {
    expect(printed(one)).not.toMatch(/s3cret|MC4CAQ|n4Ni-HpI/)
  }
})

test('the contract of middlewares is kept', () =>
  expect(
    checkMiddleware(() =>
      auth(httpSignature({ ...hmac, components: ['@method'] }), { origins: ['http://conformance.test'] }),
    ),
  ).resolves.toBeUndefined())
