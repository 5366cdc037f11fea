import type { Clock } from '@halyard/core'
import { isPrivateOnTheWay, shown, urlFault } from './endpoint-url.ts'
import { getDocument, type Session } from './exchange.ts'
import { jsonObject } from './json-object.ts'
import { TokenFailure } from './oauth2-error.ts'

/** What an authorization server says of itself (RFC 8414 §2). */
export interface ServerMetadata {
  readonly members: ReadonlyMap<string, unknown>
  readonly from: string
}

export type EndpointName = 'token_endpoint' | 'authorization_endpoint' | 'device_authorization_endpoint'

/** Endpoints move rarely, and a process may run for months. */
const freshMs = 24 * 3_600_000

/** The metadata of one issuer, asked for when it is needed and kept for a day. */
export class Discovery {
  readonly #issuer: string
  #known: ServerMetadata | undefined
  #knownAt = 0

  constructor(issuer: string) {
    this.#issuer = issuer
  }

  async metadata(session: Session): Promise<ServerMetadata> {
    const now = session.runtime.now()
    if (this.#known !== undefined && this.#isFresh(session.runtime)) return this.#known
    this.#known = await discover(this.#issuer, session)
    this.#knownAt = now
    return this.#known
  }

  #isFresh(clock: Pick<Clock, 'now'>): boolean {
    return clock.now() - this.#knownAt < freshMs
  }
}

/** @throws TokenFailure where the metadata has none, or one that secrets must not be sent to */
export function endpointOf({ members, from }: ServerMetadata, name: EndpointName, clearText: boolean): URL {
  const given = members.get(name)
  const url = typeof given === 'string' ? URL.parse(given) : null
  if (url === null) throw new TokenFailure(`${from} names no ${name}`)
  const fault = urlFault(url) ?? (clearText || isPrivateOnTheWay(url) ? undefined : 'in clear text')
  if (fault !== undefined) throw new TokenFailure(`${from} names a ${name} ${fault}`)
  return url
}

/** The document of OpenID Connect, for most servers have it; else that of RFC 8414. */
async function discover(issuer: string, session: Session): Promise<ServerMetadata> {
  const missed: string[] = []
  for (const url of documentsOf(issuer)) {
    const { status, text } = await getDocument(url, session)
    if (status >= 400 && status < 500) {
      missed.push(`${shown(url)} answered ${status}`)
      continue
    }
    if (status < 200 || status >= 300) throw new TokenFailure(`${shown(url)} answered ${status}`, { status })
    const members = jsonObject(text)
    if (members === undefined) throw new TokenFailure(`${shown(url)} is no JSON object`, { status })
    // RFC 8414 §3.3: identical, character by character; else one server could speak for another.
    if (members.get('issuer') !== issuer) throw new TokenFailure(`${shown(url)} is of another issuer`, { status })
    return { members, from: shown(url) }
  }
  throw new TokenFailure(`the issuer has no metadata: ${missed.join(', ')}`)
}

/** Where metadata may be: OpenID Connect Discovery §4 appends, RFC 8414 §3.1 inserts. */
export function documentsOf(issuer: string): readonly URL[] {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  return [
    new URL(`${origin}${path}/.well-known/openid-configuration`),
    new URL(`${origin}/.well-known/oauth-authorization-server${path}`),
  ]
}
