import type { Clock } from '@halyard/core'
import { Secret } from '../secret/secret.ts'
import type { TokenSet } from './token-set.ts'

type Now = Pick<Clock, 'now' | 'date'>

/** How much sooner a token is taken to be over, and is replaced. */
export interface Margins {
  readonly clockSkewMs: number
  readonly refreshEarlyMs: number
}

/**
 * A token in use. It is over when either clock says so: the wall clock may be set, and the other one may stand still while
 * the machine sleeps.
 */
export class HeldToken {
  readonly accessToken: Secret
  readonly tokenType: string
  readonly scope: string | undefined
  /** Came by the renewal of one that a server had refused, at this time on `now`. */
  readonly renewedAt: number | undefined
  /** A server refused it, whatever its age. */
  rejected = false
  readonly #overAt: number
  readonly #overDate: number
  readonly #refreshAt: number

  constructor(set: TokenSet, margins: Margins, clock: Now, renewedAt?: number) {
    this.accessToken = new Secret(set.accessToken)
    this.tokenType = set.tokenType
    this.scope = set.scope
    this.renewedAt = renewedAt
    this.#overDate = set.expiresAt - margins.clockSkewMs
    this.#overAt = clock.now() + (this.#overDate - clock.date())
    const life = Math.max(0, this.#overDate - set.issuedAt)
    this.#refreshAt = this.#overAt - Math.min(margins.refreshEarlyMs, life / 2)
  }

  isGood(clock: Now): boolean {
    return !this.rejected && clock.now() < this.#overAt && clock.date() < this.#overDate
  }

  /** It still serves, and another should be on its way. */
  isDue(clock: Pick<Clock, 'now'>): boolean {
    return clock.now() >= this.#refreshAt
  }
}
