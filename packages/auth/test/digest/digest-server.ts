import { createHash } from 'node:crypto'
import { httpServer, type LocalServer, type ServerRequest, type ServerResponse } from '@halyard/testing'
import { parseAuthInfo } from '../../src/index.ts'

/** How a server of the tests behaves. */
export interface DigestRules {
  readonly realm?: string
  readonly algorithms?: readonly string[]
  readonly qop?: string | undefined
  readonly userhash?: boolean
  readonly opaque?: string
  readonly domain?: string
  /** Of each nonce; more are stale. @defaultValue none */
  readonly usesOfNonce?: number
  /** Each answer names the next nonce. */
  readonly nextnonce?: boolean
  /** Beside those of Digest. */
  readonly others?: readonly string[]
  /** Whether the server says so when a nonce is stale. @defaultValue true */
  readonly saysStale?: boolean
}

/** A server that verifies by the text of RFC 7616 alone, and shares nothing with what it tests. */
export interface DigestServer extends AsyncDisposable {
  readonly server: LocalServer
  readonly origin: string
  /** Status of each request, in turn, and why. */
  readonly log: string[]
  /** Uses of each nonce that was given out: counts as they came. */
  readonly counts: ReadonlyMap<string, readonly number[]>
  readonly bodies: string[]
}

export const user = { name: 'Jäsøn "J" Doe', password: 'Secret, or not? ü' }

function hash(algorithm: string, text: string | Buffer): string {
  const name = { md5: 'md5', 'sha-256': 'sha256', 'sha-512-256': 'sha512-256' }[
    algorithm.toLowerCase().replace('-sess', '')
  ]
  return createHash(name ?? 'none')
    .update(text)
    .digest('hex')
}

const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`

export async function digestServer(rules: DigestRules = {}): Promise<DigestServer> {
  const { realm = 'test "realm"', algorithms = ['SHA-256'], qop = 'auth', opaque = 'o\\p"q', userhash = false } = rules
  const log: string[] = []
  const bodies: string[] = []
  const counts = new Map<string, number[]>()
  const firstCnonces = new Map<string, string>()
  let given = 0
  const fresh = (): string => {
    const nonce = `n"${(given += 1)}`
    counts.set(nonce, [])
    return nonce
  }

  const challenge = (response: ServerResponse, why: string, stale: boolean): void => {
    const offers = algorithms.map((algorithm) =>
      [
        `Digest realm=${quoted(realm)}`,
        `nonce=${quoted(fresh())}`,
        `algorithm=${algorithm}`,
        `opaque=${quoted(opaque)}`,
        ...('qop' in rules && rules.qop === undefined ? [] : [`qop="${qop}"`]),
        ...(stale && rules.saysStale !== false ? ['stale=TRUE'] : []),
        ...(userhash ? ['userhash=true'] : []),
        ...(rules.domain === undefined ? [] : [`domain=${quoted(rules.domain)}`]),
        'charset=UTF-8',
      ].join(', '),
    )
    log.push(`401 ${why}`)
    response.writeHead(401, { 'www-authenticate': [...(rules.others ?? []), ...offers] })
    response.end('a body that is to be let go of')
  }

  const fault = (request: ServerRequest, sent: ReadonlyMap<string, string>, body: Buffer): string | undefined => {
    const get = (name: string): string => sent.get(name) ?? ''
    const algorithm = get('algorithm')
    const nonce = get('nonce')
    const star = sent.get('username*')
    const name = star === undefined ? get('username') : decodeURIComponent(star.replace(/^UTF-8''/, ''))
    if (!algorithms.includes(algorithm)) return 'algorithm'
    const hashed = hash(algorithm, `${user.name}:${realm}`)
    if (userhash ? get('username') !== hashed || get('userhash') !== 'true' : name !== user.name) return 'name'
    if (get('realm') !== realm || get('opaque') !== opaque || get('uri') !== request.url) return 'realm, opaque or uri'
    const key = hash(algorithm, `${user.name}:${realm}:${user.password}`)
    if (!firstCnonces.has(nonce)) firstCnonces.set(nonce, get('cnonce'))
    const a1 = algorithm.endsWith('-sess') ? hash(algorithm, `${key}:${nonce}:${firstCnonces.get(nonce) ?? ''}`) : key
    const line = `${request.method ?? ''}:${get('uri')}`
    const a2 = hash(algorithm, get('qop') === 'auth-int' ? `${line}:${hash(algorithm, body)}` : line)
    const middle = 'qop' in rules && rules.qop === undefined ? [nonce] : [nonce, get('nc'), get('cnonce'), get('qop')]
    return get('response') === hash(algorithm, [a1, ...middle, a2].join(':')) ? undefined : 'response'
  }

  const server = await httpServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(Buffer.from(chunk))
    const body = Buffer.concat(chunks)
    const value = request.headers.authorization
    if (value === undefined) {
      challenge(response, 'none', false)
      return
    }
    const sent = parseAuthInfo([String(value).replace(/^Digest /, '')])
    const nonce = sent.get('nonce') ?? ''
    const uses = counts.get(nonce)
    const wrong = fault(request, sent, body)
    if (wrong !== undefined || uses === undefined) {
      challenge(response, wrong ?? 'nonce', false)
      return
    }
    const nc = Number.parseInt(sent.get('nc') ?? '0', 16)
    if (uses.includes(nc) && nc !== 0) {
      challenge(response, 'replayed', false)
      return
    }
    if (uses.length >= (rules.usesOfNonce ?? Infinity)) {
      challenge(response, 'stale', true)
      return
    }
    uses.push(nc)
    log.push('200')
    bodies.push(body.toString())
    response.writeHead(200, rules.nextnonce === true ? { 'authentication-info': `nextnonce=${quoted(fresh())}` } : {})
    response.end('ok')
  })
  return { server, origin: server.origin, log, counts, bodies, [Symbol.asyncDispose]: () => server.close() }
}
