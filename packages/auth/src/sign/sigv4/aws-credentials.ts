import { ConfigError, type Clock } from '@halyard/core'
import { guarded, optionObject, type OptionSpec } from '@halyard/core/options'
import { faultOf, secretText, type SecretText } from '../../secret/secret-value.ts'
import { Secret } from '../../secret/secret.ts'

/** Credentials of AWS, as its security token service gives them. */
export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: SecretText
  /** Of credentials that are good for some time only. */
  readonly sessionToken?: SecretText | undefined
  /**
   * Until when they are good, as a date or milliseconds since 1970: they are used until near then, a tenth of the time but
   * at most five minutes before. Without it they are asked for again for each attempt.
   */
  readonly expiresAt?: Date | number | undefined
}

/** Tells of credentials. */
export type AwsCredentialsProvider = () => AwsCredentials | Promise<AwsCredentials>

/** Credentials as checked. */
export interface AwsKeys {
  readonly accessKeyId: string
  readonly secretAccessKey: Secret
  readonly sessionToken: Secret | undefined
  readonly expiresAt: number | undefined
}

/** Text for a field of a header; not shown. */
export const secretField: OptionSpec<Secret> = (value, option) => {
  const text = secretText(value)
  const fault = text === undefined ? typeof value : text === '' ? 'empty text' : faultOf(text)
  if (text !== undefined && fault === undefined && /^[\x21-\x7e]+$/.test(text)) return new Secret(text)
  throw new ConfigError({ option, value: fault ?? 'spaces, or characters beyond ASCII', expected: 'a secret of AWS' })
}

/** Its form is that of an identifier, yet it is not shown: what went astray may be the secret. */
export const accessKeyId: OptionSpec<string> = (value, option) => {
  if (typeof value === 'string' && /^\w+$/.test(value)) return value
  throw new ConfigError({ option, value: typeof value, expected: 'an id of letters and digits' })
}

const time: OptionSpec<number> = (value, option) => {
  const ms = value instanceof Date ? value.getTime() : value
  if (typeof ms === 'number' && Number.isFinite(ms)) return ms
  throw new ConfigError({ option, value: typeof value, expected: 'a date, or milliseconds since 1970' })
}

export const isProvider = (value: unknown): value is AwsCredentialsProvider => typeof value === 'function'

export const providerSpec: OptionSpec<AwsCredentialsProvider> = guarded(isProvider, 'a function that gives credentials')

const spec = optionObject({ accessKeyId, secretAccessKey: secretField, sessionToken: secretField, expiresAt: time })

/** @throws ConfigError, with nothing of the values */
export function readCredentials(value: unknown, option: string): AwsKeys {
  const { accessKeyId: id, secretAccessKey, sessionToken, expiresAt } = spec(value, option)
  if (id !== undefined && secretAccessKey !== undefined) {
    return { accessKeyId: id, secretAccessKey, sessionToken, expiresAt }
  }
  const missing = id === undefined ? 'accessKeyId' : 'secretAccessKey'
  throw new ConfigError({ option: `${option}.${missing}`, value: undefined, expected: 'credentials' })
}

const longestMarginMs = 300_000

/** Credentials that a function tells of: kept until near their expiry, and asked for once however many calls wait. */
export class AwsCredentialsSource {
  readonly #provider: AwsCredentialsProvider
  #kept: { readonly keys: AwsKeys; readonly until: number; readonly from: number } | undefined
  #asking: Promise<AwsKeys> | undefined

  constructor(provider: AwsCredentialsProvider) {
    this.#provider = provider
  }

  take(clock: Pick<Clock, 'date'>): AwsKeys | Promise<AwsKeys> {
    const kept = this.#kept
    const now = clock.date()
    if (kept !== undefined && now >= kept.from && now < kept.until) return kept.keys
    this.#asking ??= this.#ask(clock).finally(() => (this.#asking = undefined))
    return this.#asking
  }

  /** The server refused them. */
  drop(keys: AwsKeys): void {
    if (this.#kept?.keys === keys) this.#kept = undefined
  }

  async #ask(clock: Pick<Clock, 'date'>): Promise<AwsKeys> {
    const keys = readCredentials(await this.#provider(), 'sigv4.credentials()')
    const from = clock.date()
    const { expiresAt } = keys
    const margin = expiresAt === undefined ? 0 : Math.min(longestMarginMs, (expiresAt - from) / 10)
    this.#kept = expiresAt === undefined ? undefined : { keys, from, until: expiresAt - margin }
    return keys
  }
}
