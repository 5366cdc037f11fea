import { ConfigError } from '@halyard/core'
import { optionObject } from '@halyard/core/options'
import type { AuthProvider } from '../provider/auth-provider.ts'
import { commonOptions, needed, resolveCommon, type OAuth2Options } from './common-options.ts'
import { isItsTurn, pollAgain } from './device-poll.ts'
import { checkClearText, endpointUrl, shown } from './endpoint-url.ts'
import type { Session } from './exchange.ts'
import { textMember } from './json-object.ts'
import { OAuth2Provider, partsOf } from './oauth2-provider.ts'
import { TokenFailure } from './oauth2-error.ts'
import { Outside, type StepOptions } from './outside.ts'
import type { TokenClient } from './token-client.ts'
import { lifetimeMs, membersOf, type TokenSet } from './token-set.ts'
import type { TokenSource } from './token-source.ts'
import { within } from './within.ts'

/** What a person is to be shown (RFC 8628 §3.3). */
export interface DevicePrompt {
  readonly userCode: string
  readonly verificationUri: string
  /** With the code in it, for a QR code; not every server gives one. */
  readonly verificationUriComplete: string | undefined
  /** How long the code is good. */
  readonly expiresInMs: number
}

/** Options of `oauth2.deviceCode`. */
export interface DeviceCodeOptions extends OAuth2Options {
  readonly clientId: string
  /** The device authorization endpoint. @defaultValue what the metadata of `issuer` says */
  readonly deviceUrl?: string | URL | undefined
  /** Shows a person where to go and which code to enter. What it throws ends the flow. */
  readonly onCode: (prompt: DevicePrompt) => void | Promise<void>
}

/** A provider with a step of its own. */
export interface DeviceCodeProvider extends AuthProvider {
  /**
   * Asks a person now, instead of at the first call, and resolves when access was granted.
   * @throws OAuth2Error where it was not, or not in time
   */
  authorize(options?: StepOptions): Promise<void>
}

type OnCode = DeviceCodeOptions['onCode']
const isPrompter = (value: unknown): value is OnCode => typeof value === 'function'

const spec = optionObject({
  ...commonOptions,
  deviceUrl: endpointUrl,
  onCode: (value: unknown, option: string): OnCode => {
    if (isPrompter(value)) return value
    throw new ConfigError({ option, value, expected: 'a function' })
  },
})

/**
 * Access for a device without a browser (RFC 8628): a person enters a code elsewhere, meanwhile the token endpoint is asked
 * at the pace that the server wants. It begins with the first call, or with `authorize`. Later tokens are had by the refresh
 * token, if there is one; once that is refused, a person is asked again.
 * @throws ConfigError for wrong options
 */
export function deviceCode(options: DeviceCodeOptions): DeviceCodeProvider {
  const name = 'oauth2.deviceCode'
  const own = spec(options, name)
  needed(own.clientId, `${name}.clientId`)
  const onCode = needed(own.onCode, `${name}.onCode`)
  if (own.deviceUrl === undefined && own.issuer === undefined) {
    throw new ConfigError({ option: `${name}.deviceUrl`, value: undefined, expected: 'a deviceUrl, or an issuer' })
  }
  const { deviceUrl, ...common } = own
  const resolved = resolveCommon(common, name)
  checkClearText(deviceUrl, resolved.http.clearText, `${name}.deviceUrl`)
  const { source } = partsOf(
    resolved,
    {
      name: 'device_code',
      refreshes: true,
      obtain: (client, session) => authorizeDevice(client, session, deviceUrl, onCode),
    },
    [],
  )
  return new DeviceProvider(
    source,
    resolved.present,
    new Outside(resolved.http),
    resolved.tokenUrl ?? deviceUrl ?? new URL(resolved.issuer ?? ''),
  )
}

class DeviceProvider extends OAuth2Provider implements DeviceCodeProvider {
  readonly #source: TokenSource
  readonly #outside: Outside
  readonly #url: URL

  constructor(source: TokenSource, present: OAuth2Options['present'], outside: Outside, url: URL) {
    super(source, present)
    this.#source = source
    this.#outside = outside
    this.#url = url
  }

  async authorize({ signal }: StepOptions = {}): Promise<void> {
    await this.#source.take(this.#outside.waiter(this.#url, signal))
  }
}

/** RFC 8628 §3.2: what a server says of the pace, and what holds where it does not. */
const defaultIntervalMs = 5000
const longestIntervalMs = 300_000
/** A code that says nothing of its life; the field is required. */
const defaultLifeMs = 600_000
const longestLifeMs = 3_600_000

async function authorizeDevice(
  client: TokenClient,
  session: Session,
  deviceUrl: URL | undefined,
  onCode: OnCode,
): Promise<TokenSet> {
  const { runtime } = session
  const url = await client.endpoint('device_authorization_endpoint', deviceUrl, session)
  const { reply, where, secrets } = await client.ask(url, { fields: client.options.fields, repeatable: true }, session)
  const members = membersOf(reply, where, secrets)
  const code = textMember(members, 'device_code')
  const userCode = textMember(members, 'user_code')
  // Some servers still say `verification_url`, as a draft did.
  const verificationUri = textMember(members, 'verification_uri') ?? textMember(members, 'verification_url')
  if (code === undefined || userCode === undefined || verificationUri === undefined) {
    throw new TokenFailure(`POST ${shown(url)} answered without a code, or without where to enter it`)
  }
  const expiresInMs = Math.min(lifetimeMs(members.get('expires_in')) ?? defaultLifeMs, longestLifeMs)
  const endsAt = runtime.now() + expiresInMs
  const verificationUriComplete = textMember(members, 'verification_uri_complete')
  try {
    const prompt = { userCode, verificationUri, verificationUriComplete, expiresInMs }
    await within(() => onCode(prompt), 'showing the code', session, expiresInMs)
  } catch (error) {
    throw error instanceof TokenFailure ? error : new TokenFailure('the code could not be shown', { cause: error })
  }
  let intervalMs = Math.min(lifetimeMs(members.get('interval')) ?? defaultIntervalMs, longestIntervalMs)
  const grant = ['grant_type', 'urn:ietf:params:oauth:grant-type:device_code'] as const
  const fields = [grant, ['device_code', code]] as const
  for (;;) {
    if (runtime.now() + intervalMs >= endsAt) throw new TokenFailure('nobody entered the code in time')
    if (!(await isItsTurn(runtime, session, intervalMs))) throw new TokenFailure('it was given up')
    try {
      return await client.tokens({ fields, repeatable: false }, session)
    } catch (error) {
      const next = pollAgain(error, intervalMs)
      if (next === undefined || session.call.cancelled) throw error
      intervalMs = Math.min(next, longestIntervalMs)
    }
  }
}
