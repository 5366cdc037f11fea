import type { DigestOffer } from './offer.ts'

/** What a server has agreed to: its challenge, and how often its nonce was used. */
export class DigestSession {
  readonly offer: DigestOffer
  /** Whether it was ever found good: only then it is used unasked. */
  accepted: boolean
  #nonce: string
  #count = 0
  readonly #cnonce: string | undefined

  /** With `cnonce`, that one for all of its requests. */
  constructor(offer: DigestOffer, accepted: boolean, cnonce: string | undefined) {
    this.offer = offer
    this.accepted = accepted
    this.#nonce = offer.nonce
    this.#cnonce = cnonce
  }

  /** A nonce and a count that no other request has. */
  use(): { readonly nonce: string; readonly nc: string; readonly cnonce: string | undefined } {
    this.#count += 1
    return { nonce: this.#nonce, nc: this.#count.toString(16).padStart(8, '0'), cnonce: this.#cnonce }
  }

  /** The server named the nonce to go on with (RFC 7616 §3.5). */
  goOn(nonce: string): void {
    if (nonce === this.#nonce) return
    this.#nonce = nonce
    this.#count = 0
  }

  /** Whether a path lies in its protection space. */
  covers(path: string): boolean {
    const { paths } = this.offer
    const end = path.indexOf('?')
    const own = end === -1 ? path : path.slice(0, end)
    return (
      paths === undefined || paths.some((one) => own === one || own.startsWith(one.endsWith('/') ? one : `${one}/`))
    )
  }
}

const most = 256

/** The sessions of a provider, by origin and realm; of very many, those that were used last. */
export class DigestSessions {
  readonly #byOrigin = new Map<string, Map<string, DigestSession>>()

  /** The one to use unasked. */
  of(origin: string, path: string): DigestSession | undefined {
    const realms = this.#byOrigin.get(origin)
    if (realms === undefined) return undefined
    let best: DigestSession | undefined
    // The narrowest space, as for cookies.
    for (const session of realms.values()) {
      if (session.accepted && session.covers(path) && (best === undefined || width(session) > width(best)))
        best = session
    }
    return best
  }

  get(origin: string, realm: string): DigestSession | undefined {
    return this.#byOrigin.get(origin)?.get(realm)
  }

  set(origin: string, session: DigestSession): void {
    const realms = this.#byOrigin.get(origin) ?? new Map<string, DigestSession>()
    this.#byOrigin.delete(origin)
    this.#byOrigin.set(origin, realms)
    realms.delete(session.offer.realm)
    realms.set(session.offer.realm, session)
    drop(realms)
    drop(this.#byOrigin)
  }

  delete(origin: string, session: DigestSession): void {
    const realms = this.#byOrigin.get(origin)
    if (realms?.get(session.offer.realm) === session) realms.delete(session.offer.realm)
  }
}

function width({ offer }: DigestSession): number {
  return Math.max(0, ...(offer.paths ?? []).map((path) => path.length))
}

function drop(map: Map<string, unknown>): void {
  const [oldest] = map.keys()
  if (map.size > most && oldest !== undefined) map.delete(oldest)
}
