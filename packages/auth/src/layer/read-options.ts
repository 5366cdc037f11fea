import { ConfigError, isToken } from '@halyard/core'
import { guarded, type OptionSpec } from '@halyard/core/options'
import type { AuthProvider } from '../provider/auth-provider.ts'
import { quietObject } from '../secret/quiet-object.ts'
import type { AuthOptions, AuthRule, Origins } from './auth-options.ts'

type OriginTest = (origin: string) => boolean

/** A rule as it was checked. */
interface ResolvedRule {
  readonly covers: OriginTest
  readonly auth: AuthProvider | false
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)

/** @throws ConfigError for what is no provider; nothing of it is shown, for it may be a secret that went astray. */
const providerSpec: OptionSpec<AuthProvider> = (value, option) => {
  if (isProvider(value)) return value
  throw new ConfigError({ option, value: typeof value, expected: 'a provider: an object with a name and apply()' })
}

/** Not `orFalse`, which shows what it refuses. @throws ConfigError */
export const providerOrFalse: OptionSpec<AuthProvider | false> = (value, option) =>
  value === false ? value : providerSpec(value, option)

function isProvider(value: unknown): value is AuthProvider {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    'apply' in value &&
    typeof value.apply === 'function'
  )
}

const nobody: OriginTest = () => false

const originsSpec: OptionSpec<OriginTest> = (value, option) => {
  if (isTest(value)) return value
  if (!isList(value))
    throw new ConfigError({ option, value, expected: 'a list of origins, or a function that knows them' })
  const known = new Set(value.map((one, index) => originOf(one, `${option}[${index}]`)))
  return (origin) => known.has(origin)
}

function isTest(value: unknown): value is OriginTest {
  return typeof value === 'function'
}

/** Scheme, host and port; a path would promise a border that there is none. */
function originOf(value: unknown, option: string): string {
  const url = typeof value === 'string' ? URL.parse(value) : null
  const plain = url !== null && url.pathname === '/' && url.search === '' && url.hash === '' && url.username === ''
  if (plain && url.password === '' && /^https?:$/.test(url.protocol)) return url.origin
  throw new ConfigError({
    option,
    value: url === null || url.origin === 'null' ? typeof value : url.origin,
    expected: 'an origin, such as https://api.example.com, without path and user information',
  })
}

const names = guarded(
  (value): value is readonly string[] =>
    Array.isArray(value) && value.every((one: unknown) => typeof one === 'string' && isToken(one)),
  'a list of header names',
)

const readRule = quietObject({ origins: originsSpec, auth: providerOrFalse })
const readAuth = quietObject({ origins: originsSpec, secretHeaders: names })

export interface ResolvedAuth {
  /** The first that covers an origin counts. */
  readonly rules: readonly ResolvedRule[]
  /** The client's own origins. */
  readonly home: OriginTest
  readonly secretHeaders: readonly string[]
}

/** @throws ConfigError */
export function resolveAuth(credentials: AuthProvider | readonly AuthRule[], options: AuthOptions): ResolvedAuth {
  const given = readAuth(options, 'auth')
  const secretHeaders = given.secretHeaders ?? []
  const home = given.origins ?? nobody
  if (isList(credentials)) {
    return { rules: credentials.map((one, index) => ruleOf(one, `auth[${index}]`)), home, secretHeaders }
  }
  const auth = providerSpec(credentials, 'auth')
  if (given.origins === undefined || isEmpty(options.origins)) {
    throw new ConfigError({
      option: 'auth.origins',
      value: undefined,
      expected: 'the origins that the credentials are for',
    })
  }
  return { rules: [{ covers: home, auth }], home, secretHeaders }
}

function isEmpty(origins: Origins | undefined): boolean {
  return isList(origins) && origins.length === 0
}

function ruleOf(value: unknown, option: string): ResolvedRule {
  const { origins, auth } = readRule(value, option)
  if (origins === undefined)
    throw new ConfigError({ option: `${option}.origins`, value: origins, expected: 'a list of origins' })
  if (auth === undefined)
    throw new ConfigError({ option: `${option}.auth`, value: auth, expected: 'a provider, or false' })
  return { covers: origins, auth }
}
