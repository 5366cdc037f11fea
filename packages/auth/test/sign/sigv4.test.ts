import { createHash } from 'node:crypto'
import {
  bytesBody,
  factoryBody,
  headerList,
  httpRequest,
  newCall,
  respond,
  streamBody,
  textBody,
  type HttpRequest,
  type RequestBody,
} from '@halyard/core'
import { checkMiddleware } from '@halyard/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { auth, Secret } from '../../src/index.ts'
import { presignUrl, sigv4, type SigV4Options } from '../../src/sign/index.ts'
import { canonicalPath, canonicalQuery } from '../../src/sign/sigv4/canonical-request.ts'
import { reencode, uriEncode } from '../../src/sign/sigv4/uri-encoding.ts'
import { printed, thrownBy } from '../schemes/kit.ts'
import { keys, vectors, type SigV4Vector } from './sigv4-vectors.ts'
import { at } from './still-clock.ts'

const suiteTime = Date.UTC(2015, 7, 30, 12, 36)
const host = 'https://example.amazonaws.com'

function request(parts: Partial<HttpRequest> = {}): HttpRequest {
  const { method = 'GET', path = '/', headers = headerList(undefined), body } = parts
  return httpRequest({ method, origin: host, path, headers, body })
}

async function signed(options: SigV4Options, given: HttpRequest, runtime = at(suiteTime)): Promise<HttpRequest> {
  return await sigv4(options).apply(given, newCall(), runtime)
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

describe('the published test suite', () => {
  test('is here', () => expect(vectors.length).toBeGreaterThan(35))

  test.each(vectors)('$name', async (vector: SigV4Vector) => {
    const { method = 'GET', path = '/', headers = [], body, token, normalize } = vector
    const options: SigV4Options = {
      ...keys,
      ...(token === undefined ? {} : { sessionToken: token }),
      ...(normalize === undefined ? {} : { normalizePath: normalize }),
      sendContentSha256: body !== undefined,
    }
    const parts = { method, path, headers: headerList(headers), body: body === undefined ? undefined : textBody(body) }
    const done = await signed(options, request(parts))
    const names = done.headers.get('authorization')?.match(/SignedHeaders=(?<names>[^,]*)/)?.groups?.['names']
    expect(done.headers.get('authorization')).toBe(
      `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${names}, Signature=${vector.header}`,
    )
    expect(done.headers.get('x-amz-date')).toBe('20150830T123600Z')
    expect(done.headers.get('x-amz-security-token')).toBe(token)
  })

  test.each(vectors.filter(({ query }) => query !== undefined))('$name, in the query', (vector) => {
    const { method = 'GET', path = '/', headers = [], body, token, normalize } = vector
    const url = presignUrl(host + path, {
      ...keys,
      method,
      headers,
      expiresInMs: 3_600_000,
      clock: at(suiteTime),
      // The suite's paths are not encoded yet, and a URL's are.
      doubleEncode: false,
      ...(token === undefined ? {} : { sessionToken: token }),
      ...(normalize === undefined ? {} : { normalizePath: normalize }),
      ...(body === undefined ? {} : { contentSha256: sha256(body) }),
    })
    expect(url.searchParams.get('X-Amz-Signature')).toBe(vector.query)
    expect(url.searchParams.get('X-Amz-Security-Token')).toBe(token ?? null)
    expect(url.searchParams.get('X-Amz-Expires')).toBe('3600')
  })
})

// The examples of the documentation of S3, in which the path counts as it is.
describe('S3', () => {
  const s3 = {
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    region: 'us-east-1',
    service: 's3',
  } as const
  const bucket = 'https://examplebucket.s3.amazonaws.com'
  const time = Date.UTC(2013, 4, 24)
  const signature = async (parts: Partial<HttpRequest>): Promise<string | undefined> => {
    const { method = 'GET', path = '/', headers = headerList(undefined), body } = parts
    const done = await signed(s3, httpRequest({ method, origin: bucket, path, headers, body }), at(time))
    return done.headers.get('authorization')?.replace(/.*Signature=/, '')
  }

  test.each<[string, Partial<HttpRequest>, string]>([
    [
      'get object',
      { path: '/test.txt', headers: headerList({ range: 'bytes=0-9' }) },
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    ],
    [
      'put object',
      {
        method: 'PUT',
        path: '/test$file.text',
        headers: headerList({
          date: 'Fri, 24 May 2013 00:00:00 GMT',
          'x-amz-storage-class': 'REDUCED_REDUNDANCY',
        }),
        body: textBody('Welcome to Amazon S3.'),
      },
      '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    ],
    [
      'get bucket lifecycle',
      { path: '/?lifecycle' },
      'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
    ],
    [
      'list objects',
      { path: '/?max-keys=2&prefix=J' },
      '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    ],
  ])('%s', async (_name, parts, expected) => {
    expect(await signature(parts)).toBe(expected)
  })

  test('a URL', () => {
    const url = presignUrl(`${bucket}/test.txt`, { ...s3, expiresInMs: 86_400_000, clock: at(time) })
    expect(url.searchParams.get('X-Amz-Signature')).toBe(
      'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
    )
  })
})

describe('canonical forms', () => {
  test.each<[string, string, string]>([
    ['/a%20b', '/a%2520b', '/a%20b'],
    ['/a+b', '/a%2Bb', '/a%2Bb'],
    ['/a%2fb', '/a%252fb', '/a%2Fb'],
    ['/%7euser', '/%257euser', '/~user'],
    ['/100%', '/100%25', '/100%25'],
    ['//a//b/', '/a/b/', '//a//b/'],
    ['', '/', '/'],
  ])('path %s: %s, and for S3 %s', (path, twice, once) => {
    expect(canonicalPath(path, { normalize: true, encodeTwice: true })).toBe(twice)
    expect(canonicalPath(path, { normalize: false, encodeTwice: false })).toBe(once)
  })

  test.each<[string, string]>([
    ['', ''],
    ['b=2&a=1', 'a=1&b=2'],
    ['a=2&a=1&a', 'a=&a=1&a=2'],
    ['a&b=', 'a=&b='],
    ['a=b=c', 'a=b%3Dc'],
    ['a=x+y', 'a=x%20y'],
    ['a=%2b', 'a=%2B'],
    ['a-b=1&a=2', 'a=2&a-b=1'],
    ["q='(!*)'", 'q=%27%28%21%2A%29%27'],
  ])('query %s', (query, expected) => expect(canonicalQuery(query)).toBe(expected))

  test('encoding any text is undone by decoding, and encoding anew changes nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const encoded = uriEncode(text)
        expect(encoded).toMatch(/^(?:[\w.~-]|%[0-9A-F]{2})*$/)
        expect(decodeURIComponent(encoded)).toBe(text)
        expect(reencode(encoded)).toBe(encoded)
      }),
    )
  })

  test('the order of parameters does not matter', () => {
    const part = fc.string({ unit: fc.constantFrom('a', 'b', '-', '%', '=', '+', '%20', 'ä'), maxLength: 4 })
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (text) => {
        expect(canonicalQuery(text.toReversed().join('&'))).toBe(canonicalQuery(text.join('&')))
      }),
    )
  })
})

describe('bodies', () => {
  const bytes = new TextEncoder().encode('content')
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield bytes.subarray(0, 3)
    yield bytes.subarray(3)
  }
  const hash = sha256('content')
  const unsigned = 'UNSIGNED-PAYLOAD'

  test.each<[string, RequestBody | undefined, SigV4Options['payload'], string]>([
    ['none', undefined, 'auto', sha256('')],
    ['bytes', bytesBody(bytes), 'auto', hash],
    ['bytes, unsigned', bytesBody(bytes), 'unsigned', unsigned],
    ['a factory', factoryBody(chunks), 'auto', unsigned],
    ['a factory, read once more', factoryBody(chunks), 'reread', hash],
    ['a stream', streamBody(chunks()), 'auto', unsigned],
    ['a stream, never read twice', streamBody(chunks()), 'reread', unsigned],
  ])('%s', async (_name, body, payload, expected) => {
    const done = await signed({ ...keys, payload }, request({ method: 'PUT', body }))
    expect(done.headers.get('x-amz-content-sha256')).toBe(expected)
    expect(done.headers.get('authorization')).toContain('host;x-amz-content-sha256;x-amz-date')
    const opened = done.body?.open()
    const read: Uint8Array[] = opened instanceof Uint8Array ? [opened] : []
    if (opened !== undefined && !(opened instanceof Uint8Array)) for await (const chunk of opened) read.push(chunk)
    expect(Buffer.concat(read).toString()).toBe(body === undefined ? '' : 'content')
  })

  test('what nobody waits for any more is not read to its end', async () => {
    const call = newCall()
    const fork = call.fork()
    let read = 0
    let closed = false
    const body = factoryBody(async function* () {
      try {
        for (; read < 10; read += 1) {
          if (read === 2) fork.cancel(new Error('enough'))
          yield bytes
        }
      } finally {
        closed = true
      }
    })
    await sigv4({ ...keys, payload: 'reread' }).apply(request({ method: 'PUT', body }), fork, at(suiteTime))
    expect([read, closed]).toEqual([2, true])
  })

  test('a hash of the call is taken as it is', async () => {
    const headers = headerList({ 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' })
    const done = await signed(keys, request({ headers, body: bytesBody(bytes) }))
    expect(done.headers.getAll('x-amz-content-sha256')).toEqual(['STREAMING-UNSIGNED-PAYLOAD-TRAILER'])
  })
})

test('fields that change on the way are not signed', async () => {
  const headers = headerList({ 'user-agent': 'x', accept: '*/*', 'X-Trace': 'y', connection: 'close', Host: 'other' })
  const done = await signed({ ...keys, unsignedHeaders: ['x-trace'] }, request({ headers }))
  expect(done.headers.get('authorization')).toContain('SignedHeaders=accept;host;x-amz-content-sha256;x-amz-date,')
  expect(done.headers.getAll('host')).toEqual(['other'])
})

describe('the clock of the server', () => {
  const call = newCall()
  const refused = (date: string, status = 403) => respond({ status, headers: { date }, url: new URL(host) })

  test('is followed where it is another, once and from then on', async () => {
    const provider = sigv4(keys)
    await provider.apply(request(), call, at(suiteTime))
    const response = refused('Sun, 30 Aug 2015 13:36:00 GMT')
    const again = await provider.challenge?.(response, request(), call, at(suiteTime))
    expect(again?.headers.get('x-amz-date')).toBe('20150830T133600Z')
    // The signature now has the server's time: another refusal is for another reason.
    expect(await provider.challenge?.(response, request(), call, at(suiteTime))).toBeUndefined()
    const next = await provider.apply(request(), newCall(), at(suiteTime + 1000))
    expect(next.headers.get('x-amz-date')).toBe('20150830T133601Z')
  })

  test('is learnt from an answer that nobody challenges', async () => {
    const provider = sigv4(keys)
    const sent = await provider.apply(request(), call, at(suiteTime))
    provider.answered?.(refused('Sun, 30 Aug 2015 12:06:00 GMT'), sent, call, at(suiteTime))
    const next = await provider.apply(request(), newCall(), at(suiteTime))
    expect(next.headers.get('x-amz-date')).toBe('20150830T120600Z')
  })

  test.each([
    ['Sun, 30 Aug 2015 12:39:00 GMT', 403],
    ['nonsense', 403],
    ['', 403],
    ['Sun, 30 Aug 2015 13:36:00 GMT', 500],
  ])('is not with %j and %i', async (date, status) => {
    const provider = sigv4(keys)
    await provider.apply(request(), call, at(suiteTime))
    expect(await provider.challenge?.(refused(date, status), request(), call, at(suiteTime))).toBeUndefined()
  })
})

describe('credentials from a function', () => {
  const given = { region: 'us-east-1', service: 'service' } as const

  test('are kept until near their expiry, and asked for once', async () => {
    let asked = 0
    const provider = sigv4({
      ...given,
      credentials: () => {
        asked += 1
        const id = `AKID${asked}`
        return Promise.resolve({ accessKeyId: id, secretAccessKey: 'x', expiresAt: suiteTime + 3_600_000 * asked })
      },
    })
    const many = Array.from({ length: 50 }, async () => await provider.apply(request(), newCall(), at(suiteTime)))
    const done = await Promise.all(many)
    expect(new Set(done.map(({ headers }) => headers.get('authorization'))).size).toBe(1)
    expect(asked).toBe(1)
    await provider.apply(request(), newCall(), at(suiteTime + 3_299_000))
    expect(asked).toBe(1)
    const renewed = await provider.apply(request(), newCall(), at(suiteTime + 3_301_000))
    expect(renewed.headers.get('authorization')).toContain('Credential=AKID2/')
  })

  test('are asked for once more where the server says that they are outdated', async () => {
    let asked = 0
    const provider = sigv4({
      ...given,
      credentials: () => ({
        accessKeyId: `AKID${Math.min((asked += 1), 2)}`,
        secretAccessKey: new Secret('x'),
        expiresAt: new Date(suiteTime + 9e6),
      }),
    })
    const call = newCall()
    await provider.apply(request(), call, at(suiteTime))
    const headers = { 'x-amzn-errortype': 'ExpiredTokenException:' }
    const refused = respond({ status: 403, headers, url: new URL(host) })
    const again = await provider.challenge?.(refused, request(), call, at(suiteTime))
    expect(again?.headers.get('authorization')).toContain('Credential=AKID2/')
    expect(await provider.challenge?.(refused, request(), call, at(suiteTime))).toBeUndefined()
    const denied = respond({ status: 403, url: new URL(host) })
    expect(await provider.challenge?.(denied, request(), call, at(suiteTime))).toBeUndefined()
    expect(asked).toBe(3)
  })

  test.each<[string, () => unknown, RegExp]>([
    ['rejects', () => Promise.reject(new Error('s3cret')), /gave no credentials$/],
    ['gives nothing', () => undefined, /gave no credentials: sigv4\.credentials\(\): expected an object/],
    ['gives half', () => ({ accessKeyId: 'A' }), /secretAccessKey: expected credentials/],
    ['gives nonsense', () => ({ accessKeyId: 's3cret /', secretAccessKey: 'x' }), /accessKeyId: expected an id/],
  ])('one that %s is an AuthError', async (_name, credentials, message) => {
    const error = await thrownBy(() => signed({ ...given, credentials: credentials as never }, request()))
    expect(error).toMatchObject({ code: 'auth', sent: 'no', target: `GET ${host}/` })
    expect(String(error)).toMatch(message)
    // What the function itself threw is the cause, and in no message.
    expect(String(error)).not.toContain('s3cret')
  })
})

test.each<[string, object, string]>([
  ['no region', { ...keys, region: undefined }, 'sigv4.region'],
  ['a region of two', { ...keys, region: 'a/b' }, 'sigv4.region'],
  ['no service', { ...keys, service: undefined }, 'sigv4.service'],
  ['no key', { ...keys, secretAccessKey: undefined }, 'sigv4.secretAccessKey'],
  ['a key with a space', { ...keys, secretAccessKey: 's3cret s3cret' }, 'sigv4.secretAccessKey'],
  ['an id that is none', { ...keys, accessKeyId: 's3cret/s3cret' }, 'sigv4.accessKeyId'],
  ['both', { ...keys, credentials: () => ({}) }, 'sigv4'],
  ['mistyped', { ...keys, secretAcessKey: 's3cret' }, 'sigv4.secretAcessKey'],
  ['a kind of payload', { ...keys, payload: 's' }, 'sigv4.payload'],
  ['S3 without a hash', { ...keys, service: 's3', sendContentSha256: false }, 'sigv4.sendContentSha256'],
])('refuses %s', async (_name, options, option) => {
  const error = await thrownBy(() => sigv4(options as SigV4Options))
  expect(error).toMatchObject({ code: 'config', option })
  expect(printed(error)).not.toContain('s3cret s3cret')
  expect(printed(error)).not.toContain('s3cret/s3cret')
})

test('a polluted prototype changes nothing', async () => {
  const clean = await signed(keys, request())
  try {
    Object.assign(Object.prototype, { payload: 'unsigned', sessionToken: 'evil', doubleEncode: false })
    expect((await signed(keys, request())).headers.toFlat()).toEqual(clean.headers.toFlat())
  } finally {
    for (const name of ['payload', 'sessionToken', 'doubleEncode']) Reflect.deleteProperty(Object.prototype, name)
  }
})

test('no secret shows', async () => {
  const provider = sigv4({ ...keys, sessionToken: 'session-token' })
  await provider.apply(request(), newCall(), at(suiteTime))
  for (const one of [provider, auth(provider, { origins: [host] }), { provider }]) {
    expect(printed(one)).not.toContain(keys.secretAccessKey)
    expect(printed(one)).not.toContain('session-token')
  }
})

test('the contract of middlewares is kept', () =>
  expect(checkMiddleware(() => auth(sigv4(keys), { origins: ['http://conformance.test'] }))).resolves.toBeUndefined())
