import type { Session } from './exchange.ts'
import type { TokenClient } from './token-client.ts'
import type { TokenSet } from './token-set.ts'

/** One way to get tokens. */
export interface Grant {
  /** For people. */
  readonly name: string
  /** Whether a refresh token that came along is used for the next. */
  readonly refreshes: boolean
  /**
   * Tokens without a refresh token: the first ones, and those after a refresh token `wasRefused`.
   * @throws NoOtherWay where that cannot be done anew
   */
  obtain(client: TokenClient, session: Session, wasRefused: boolean): Promise<TokenSet>
}
