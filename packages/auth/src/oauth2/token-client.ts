import { isHttpError, TransportError } from '@halyard/core'
import { proofOf } from './client-authentication.ts'
import type { ResolvedOAuth2 } from './common-options.ts'
import { shown } from './endpoint-url.ts'
import { postForm, type Reply, type Session } from './exchange.ts'
import type { FormFields } from './form.ts'
import { Discovery, endpointOf, type EndpointName, type ServerMetadata } from './metadata.ts'
import { TokenFailure } from './oauth2-error.ts'
import { isSecretField, presentable } from './redact.ts'
import { readTokens, type TokenSet } from './token-set.ts'

/** A request to an authorization server. */
export interface TokenQuestion {
  readonly fields: FormFields
  /** Whether the server may get it twice: not where a code or a refresh token is used up by it. */
  readonly repeatable: boolean
}

/** An answer, with what its reader needs for messages. */
export interface Answer {
  readonly reply: Reply
  readonly where: string
  readonly secrets: readonly string[]
}

/** Speaks to one authorization server as one client. */
export class TokenClient {
  readonly options: ResolvedOAuth2
  readonly #discovery: Discovery | undefined

  constructor(options: ResolvedOAuth2) {
    this.options = options
    this.#discovery = options.issuer === undefined ? undefined : new Discovery(options.issuer)
  }

  /** Asks the token endpoint. @throws TokenFailure */
  async tokens(question: TokenQuestion, session: Session): Promise<TokenSet> {
    const issuedAt = session.runtime.date()
    const url = await this.endpoint('token_endpoint', this.options.tokenUrl, session)
    const { reply, where, secrets } = await this.ask(url, question, session)
    const set = readTokens(reply, where, secrets, { issuedAt, defaultMs: this.options.defaultExpiresInMs })
    // RFC 6749 §7.1: a token of a type that one does not know must not be used.
    if (this.options.present === undefined && set.tokenType.toLowerCase() !== 'bearer') {
      const type = presentable(set.tokenType, [...secrets, set.accessToken])
      throw new TokenFailure(`${where} gave a token of type ${type}, and only Bearer can be presented`)
    }
    return set
  }

  /** The URL that was given, or what the issuer says. */
  async endpoint(name: EndpointName, given: URL | undefined, session: Session): Promise<URL> {
    if (given !== undefined) return given
    const metadata = await this.metadata(session)
    if (metadata === undefined) throw new TokenFailure(`there is no ${name}`)
    return endpointOf(metadata, name, session.http.clearText)
  }

  /** `undefined` without an issuer. */
  async metadata(session: Session): Promise<ServerMetadata | undefined> {
    return await this.#discovery?.metadata(session)
  }

  /** Sends a form with the proof of who asks. */
  async ask(url: URL, question: TokenQuestion, session: Session): Promise<Answer> {
    const { identity, ownValues } = this.options
    const send = async (): Promise<Answer> => {
      const proof = await proofOf(identity, url, session)
      const secret = question.fields.filter(([name]) => isSecretField(name)).map(([, value]) => value)
      const reply = await postForm(url, [...question.fields, ...proof.fields], proof.headers, session)
      return { reply, where: `POST ${shown(url)}`, secrets: [...proof.secrets, ...secret, ...ownValues] }
    }
    try {
      return await send()
    } catch (error) {
      if (session.call.cancelled || !mayRepeat(error, question.repeatable)) throw error
      return await send()
    }
  }
}

/** Nothing was sent, or it went to a connection that the server had closed meanwhile. */
function mayRepeat(error: unknown, repeatable: boolean): boolean {
  if (!(error instanceof TokenFailure)) return false
  const { exchange } = error.facts
  if (!(exchange instanceof TransportError) || !isHttpError(exchange)) return false
  if (exchange.sent === 'no') return exchange.code === 'connect' || exchange.code === 'socket'
  return repeatable && exchange.code === 'socket' && exchange.reusedConnection
}
