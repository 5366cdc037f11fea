import { createHash, createHmac, generateKeyPairSync } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { headerList, httpRequest, newCall, textBody, type HttpHandler, type HttpRequest } from '@halyard/core'
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from 'jose'
import { expect, test } from 'vitest'
import { auth, type AuthProvider } from '../../src/index.ts'
import { oauth2 } from '../../src/oauth2/index.ts'
import { fetchSend } from '../../src/oauth2/fetch-send.ts'
import { dpop, httpSignature, presignUrl, sigv4 } from '../../src/sign/index.ts'
import { at } from './still-clock.ts'
import { verifies } from './verify-signature.ts'

const now = Date.UTC(2026, 0, 2, 3, 4, 5)

interface Verdict {
  readonly status: number
  readonly headers?: Record<string, string>
  readonly body?: string
}

interface Server extends AsyncDisposable {
  readonly origin: string
  readonly statuses: number[]
}

/** A server that judges what really came over the socket. */
async function judging(judge: (asked: IncomingMessage, body: Buffer) => Verdict | Promise<Verdict>): Promise<Server> {
  const statuses: number[] = []
  const server = createServer(async (asked, answer) => {
    const chunks: Buffer[] = []
    for await (const chunk of asked) chunks.push(Buffer.from(chunk))
    const { status, headers = {}, body = '' } = await judge(asked, Buffer.concat(chunks))
    statuses.push(status)
    answer.writeHead(status, headers).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    origin: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    statuses,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const over = (provider: AuthProvider, origin: string): HttpHandler =>
  auth(provider, { origins: [origin] }).wrap(fetchSend(1000), at(now))

function put(origin: string, path: string, text: string | undefined): HttpRequest {
  const headers = headerList({ 'content-type': 'text/plain', 'x-amz-meta-a': ' two   words ' })
  const body = text === undefined ? undefined : textBody(text)
  return httpRequest({ method: 'PUT', origin, path, headers, body })
}

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()
const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex')
const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'

/** Signature Version 4 for S3 as a server reckons it, for paths without escapes. */
function reckoned(asked: IncomingMessage, names: string, time: string, query: string, hash: string): string {
  const fields = names
    .split(';')
    .map((name) => `${name}:${String(asked.headers[name]).trim().replaceAll(/ +/g, ' ')}\n`)
  const [location] = (asked.url ?? '').split('?')
  const canonical = [asked.method, location, query, fields.join(''), names, hash].join('\n')
  const day = time.slice(0, 8)
  const text = `AWS4-HMAC-SHA256\n${time}\n${day}/eu-central-1/s3/aws4_request\n${sha256(canonical)}`
  return [day, 'eu-central-1', 's3', 'aws4_request', text]
    .reduce<Buffer | string>(hmac, `AWS4${secret}`)
    .toString('hex')
}

const s3 = { accessKeyId: 'AKID', secretAccessKey: secret, region: 'eu-central-1', service: 's3' } as const

function judgeSigV4(asked: IncomingMessage, body: Buffer): Verdict {
  const { headers } = asked
  const match = /SignedHeaders=(?<names>[^,]+), Signature=(?<signature>\w+)$/.exec(headers.authorization ?? '')
  const { names = '', signature } = match?.groups ?? {}
  const query = (asked.url ?? '').split('?')[1] ?? ''
  const hash = String(headers['x-amz-content-sha256'])
  if (hash !== 'UNSIGNED-PAYLOAD' && hash !== sha256(body)) return { status: 400 }
  return { status: reckoned(asked, names, String(headers['x-amz-date']), query, hash) === signature ? 200 : 403 }
}

test.each(['auto', 'unsigned'] as const)(
  'sigv4 over a socket: what arrives is what was signed (%s)',
  async (payload) => {
    await using server = await judging(judgeSigV4)
    const send = over(sigv4({ ...s3, payload, sessionToken: 'token' }), server.origin)
    for (const [path, text] of [
      ['/bucket//key', 'hello'],
      ['/?a=1&b=2', undefined],
    ] as const) {
      await send(put(server.origin, path, text), newCall())
    }
    const wrong = over(sigv4({ ...s3, secretAccessKey: 'other' }), server.origin)
    await wrong(put(server.origin, '/', undefined), newCall())
    expect(server.statuses).toEqual([200, 200, 403])
  },
)

test('a URL that was signed', async () => {
  await using server = await judging((asked) => {
    const query = (asked.url ?? '').split('?')[1] ?? ''
    const parameters = new URLSearchParams(query)
    const signed = query
      .split('&')
      .filter((pair) => !pair.startsWith('X-Amz-Signature='))
      .toSorted((one, other) => (one < other ? -1 : 1))
    const names = parameters.get('X-Amz-SignedHeaders') ?? ''
    const time = parameters.get('X-Amz-Date') ?? ''
    const expected = reckoned(asked, names, time, signed.join('&'), 'UNSIGNED-PAYLOAD')
    return { status: parameters.get('X-Amz-Signature') === expected ? 200 : 403 }
  })
  const url = presignUrl(`${server.origin}/bucket/key?version=1`, { ...s3, sessionToken: 'a/b+c=', clock: at(now) })
  expect((await fetch(url)).status).toBe(200)
  url.searchParams.set('X-Amz-Expires', '9999')
  expect((await fetch(url)).status).toBe(403)
})

test('sigv4 follows the clock of the server, at once where challenges are asked about a 403', async () => {
  const serverTime = now + 3_600_000
  await using server = await judging((asked, body) => {
    const date = new Date(serverTime).toUTCString()
    const time = String(asked.headers['x-amz-date']).replace(/^(....)(..)(..T..)(..)/, '$1-$2-$3:$4:')
    if (Math.abs(Date.parse(time) - serverTime) > 900_000) return { status: 403, headers: { date } }
    return judgeSigV4(asked, body)
  })
  const provider = sigv4(s3)
  const bare = put(server.origin, '/key', 'text')
  const call = newCall()
  const first = await fetchSend(1000)(await provider.apply(bare, call, at(now)), call)
  const again = await provider.challenge?.(first, bare, call, at(now))
  expect(again).toBeDefined()
  await fetchSend(1000)(again ?? bare, call)
  await over(provider, server.origin)(bare, newCall())
  expect(server.statuses).toEqual([403, 200, 200])
})

test('httpSignature over a socket', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  await using server = await judging((asked, body) => {
    const { headers } = asked
    const input = String(headers['signature-input']).replace(/^sig1=/, '')
    const digest = `sha-512=:${createHash('sha512').update(body).digest('base64')}:`
    const base = [
      `"@method": ${asked.method}`,
      `"@target-uri": http://${headers.host}${asked.url}`,
      `"@authority": ${headers.host}`,
      `"content-type": ${headers['content-type']}`,
      `"content-length": ${headers['content-length']}`,
      `"content-digest": ${String(headers['content-digest'])}`,
      `"@signature-params": ${input}`,
    ].join('\n')
    if (headers['content-digest'] !== digest) return { status: 400 }
    const signature = String(headers['signature']).slice('sig1=:'.length, -1)
    return { status: verifies(base, signature, publicKey, 'ed25519') ? 200 : 401 }
  })
  const provider = httpSignature({
    keyId: 'k',
    key: privateKey,
    algorithm: 'ed25519',
    components: ['@method', '@target-uri', '@authority', 'content-type', 'content-length', 'content-digest'],
    contentDigest: 'sha-512',
    nonce: true,
  })
  const response = await over(provider, server.origin)(put(server.origin, '/a%20b?c=%C3%A4', 'hello'), newCall())
  expect(response.status).toBe(200)
})

test('dpop over a socket, against a server that wants nonces', async () => {
  const ids = new Set<unknown>()
  await using server = await judging(async (asked) => {
    const proof = String(asked.headers['dpop'])
    const { payload } = await jwtVerify(proof, EmbeddedJWK, { typ: 'dpop+jwt', currentDate: new Date(now) })
    const ath = createHash('sha256').update('the-token').digest('base64url')
    const isGood =
      payload['htm'] === asked.method &&
      payload['htu'] === `http://${asked.headers.host}/resource` &&
      payload['ath'] === ath &&
      asked.headers.authorization === 'DPoP the-token' &&
      !ids.has(payload.jti)
    ids.add(payload.jti)
    if (!isGood) return { status: 403 }
    if (payload['nonce'] === 'eyJ7S_zG.eyJH0-Z.HX4w-7v') return { status: 200 }
    const headers = { 'www-authenticate': 'DPoP error="use_dpop_nonce"', 'dpop-nonce': 'eyJ7S_zG.eyJH0-Z.HX4w-7v' }
    return { status: 401, headers }
  })
  const send = over(dpop({ generate: true, token: 'the-token' }), server.origin)
  expect((await send(put(server.origin, '/resource?x=1', 'hello'), newCall())).status).toBe(200)
  expect((await send(put(server.origin, '/resource', undefined), newCall())).status).toBe(200)
  expect(server.statuses).toEqual([401, 200, 200])
})

test('dpop around OAuth 2.0: tokens are asked for with proofs, renewed, and go with proofs', async () => {
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const clock = at(now)
  const proofs = dpop({ key })
  let count = 0
  await using server = await judging(async (asked) => {
    const { protectedHeader } = await jwtVerify(String(asked.headers['dpop']), EmbeddedJWK, {
      typ: 'dpop+jwt',
      currentDate: new Date(now),
    })
    if ((await calculateJwkThumbprint(protectedHeader.jwk ?? {})) !== proofs.thumbprint) return { status: 400 }
    if (asked.url === '/token') {
      const token = { access_token: `t${(count += 1)}`, token_type: 'DPoP', expires_in: 3600 }
      return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(token) }
    }
    const isGood = asked.headers.authorization === 'DPoP t2'
    return isGood ? { status: 200 } : { status: 401, headers: { 'www-authenticate': 'DPoP error="invalid_token"' } }
  })
  const tokens = oauth2.clientCredentials({
    tokenUrl: `${server.origin}/token`,
    clientId: 'me',
    clientSecret: 'shh',
    http: (request, call) => {
      const proof = proofs.proof(request.method, request.url, { clock })
      return fetchSend(1000)(request.with({ headers: request.headers.with('dpop', proof) }), call)
    },
    present: ({ accessToken }, request) =>
      request.with({ headers: request.headers.with('authorization', `DPoP ${accessToken.reveal()}`) }),
  })
  const send = over(dpop({ key, token: tokens }), server.origin)
  const response = await send(put(server.origin, '/resource', 'hello'), newCall())
  expect(response.status).toBe(200)
  expect(server.statuses).toEqual([200, 401, 200, 200])
})
