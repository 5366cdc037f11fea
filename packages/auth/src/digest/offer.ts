import type { Challenge } from '../challenge/challenge.ts'
import { algorithmOf, isSession, type DigestAlgorithm } from './algorithm.ts'

/** A challenge of Digest that can be answered (RFC 7616 §3.3). */
export interface DigestOffer {
  readonly algorithm: DigestAlgorithm
  readonly realm: string
  readonly nonce: string
  readonly opaque: string | undefined
  /** `undefined`: none was offered, which is answered as RFC 2069 did. */
  readonly qop: { readonly auth: boolean; readonly authInt: boolean } | undefined
  readonly stale: boolean
  readonly userhash: boolean
  /** Paths, with everything below them; `undefined` is all of the origin. */
  readonly paths: readonly string[] | undefined
}

/** The strongest of the challenges that is allowed and can be answered; `allowed` is sorted so. */
export function bestOffer(
  challenges: readonly Challenge[],
  allowed: readonly DigestAlgorithm[],
  origin: string,
): DigestOffer | undefined {
  const offers = challenges.map((challenge) => offerOf(challenge, origin)).filter((offer) => offer !== undefined)
  for (const algorithm of allowed) {
    const offer = offers.find((one) => one.algorithm === algorithm)
    if (offer !== undefined) return offer
  }
  return undefined
}

function offerOf({ scheme, parameters }: Challenge, origin: string): DigestOffer | undefined {
  const algorithm = algorithmOf(parameters.get('algorithm'))
  const realm = parameters.get('realm')
  const nonce = parameters.get('nonce')
  if (scheme !== 'digest' || algorithm === undefined || realm === undefined || nonce === undefined) return undefined
  const qops = parameters
    .get('qop')
    ?.toLowerCase()
    .split(/[\s,]+/)
  const qop = qops === undefined ? undefined : { auth: qops.includes('auth'), authInt: qops.includes('auth-int') }
  if (qop?.auth === false && !qop.authInt) return undefined
  // A session's key is made with a client nonce, which goes with no answer of RFC 2069.
  if (qop === undefined && isSession(algorithm)) return undefined
  return {
    algorithm,
    realm,
    nonce,
    opaque: parameters.get('opaque'),
    qop,
    stale: parameters.get('stale')?.toLowerCase() === 'true',
    userhash: parameters.get('userhash')?.toLowerCase() === 'true',
    paths: pathsOf(parameters.get('domain'), origin),
  }
}

/** A server speaks for itself: what it says of other origins is passed over. */
function pathsOf(domain: string | undefined, origin: string): readonly string[] | undefined {
  // RFC 7616 §3.3: left out or empty is every URI of the server.
  if (domain === undefined || domain.trim() === '') return undefined
  return domain
    .split(/\s+/)
    .filter((uri) => uri !== '')
    .map((uri) => URL.parse(uri, origin))
    .filter((url) => url?.origin === origin)
    .map((url) => url?.pathname ?? '/')
}
