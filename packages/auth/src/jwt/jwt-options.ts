import type { KeyObject } from 'node:crypto'
import { ConfigError } from '@halyard/core'
import { boolean, number, oneOf, optionObject, string, type OptionSpec } from '@halyard/core/options'
import type { Secret } from '../secret/secret.ts'
import { jwtAlgorithms, type JwtAlgorithm } from './algorithm.ts'
import type { JwtKey } from './jwt-key.ts'
import { keySpec, resolveKey, secretText } from './key-options.ts'

/** How JWTs are made. Times are in milliseconds. */
export interface JwtOptions {
  /** `iss`: who says so. */
  readonly issuer?: string | undefined
  /** `sub`: of whom. */
  readonly subject?: string | undefined
  /** `aud`: for whom. */
  readonly audience?: string | readonly string[] | undefined
  /** `jti`: the token's own name; a function is asked for each token. */
  readonly jwtId?: string | (() => string) | undefined
  /** `kid` of the header: which key signs. */
  readonly keyId?: string | undefined
  /** More claims. Those that have an option of their own, and the times, are not given here. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined
  /** From `iat` and `nbf` to `exp`. At least a second. @defaultValue 300_000 */
  readonly expiresInMs?: number | undefined
  /** `none` is refused. @defaultValue `RS256` */
  readonly algorithm?: JwtAlgorithm | undefined
  /** What signs; its kind must fit the algorithm. */
  readonly key: JwtKey
  /** Opens an encrypted key. */
  readonly passphrase?: string | Secret | undefined
  /** Whether a token is used until near its expiry, instead of one for each request. @defaultValue false */
  readonly reuse?: boolean | undefined
}

/** Options as checked. */
export interface ResolvedJwt {
  readonly claims: Readonly<Record<string, unknown>>
  readonly jwtId: (() => string) | undefined
  readonly header: Readonly<Record<string, string>> & { readonly alg: JwtAlgorithm }
  readonly expiresInMs: number
  readonly key: KeyObject
  readonly reuse: boolean
}

/** Ten years: beyond, a number of milliseconds is most likely a mistake. */
const longestMs = 10 * 365 * 86_400_000

const ownOptions: Readonly<Record<string, string>> = {
  iss: 'issuer',
  sub: 'subject',
  aud: 'audience',
  jti: 'jwtId',
  exp: 'expiresInMs',
  iat: 'expiresInMs',
  nbf: 'expiresInMs',
}

const audience: OptionSpec<string | readonly string[]> = (value, option) => {
  if (typeof value === 'string') return value
  if (Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string')) return [...value]
  throw new ConfigError({ option, value, expected: 'text, or a list of texts' })
}

const claims: OptionSpec<Readonly<Record<string, unknown>>> = (value, option) => {
  if (Object.prototype.toString.call(value) !== '[object Object]' || typeof value !== 'object' || value === null) {
    throw new ConfigError({ option, value: typeof value, expected: 'an object' })
  }
  for (const name of Object.keys(value)) {
    const own = Object.hasOwn(ownOptions, name) ? ownOptions[name] : undefined
    if (own === undefined) continue
    throw new ConfigError({ option: `${option}.${name}`, value: name, expected: `another claim`, hint: `use ${own}` })
  }
  try {
    // A copy, as it will be sent: what the caller changes later changes no token.
    const copy: unknown = JSON.parse(JSON.stringify(value))
    if (typeof copy === 'object' && copy !== null) return Object.fromEntries(Object.entries(copy))
  } catch {
    // Said below, without the value.
  }
  throw new ConfigError({ option, value: 'an object that JSON cannot hold', expected: 'an object that JSON can hold' })
}

const jwtId: OptionSpec<() => string> = (value, option) => {
  if (typeof value === 'string') return () => value
  if (isMaker(value)) return value
  throw new ConfigError({ option, value, expected: 'text, or a function' })
}

const isMaker = (value: unknown): value is () => string => typeof value === 'function'

const spec = optionObject({
  issuer: string,
  subject: string,
  audience,
  jwtId,
  keyId: string,
  claims,
  expiresInMs: number({ min: 1000, max: longestMs }),
  algorithm: oneOf(...jwtAlgorithms),
  key: keySpec,
  passphrase: secretText,
  reuse: boolean,
})

/** @throws ConfigError for a wrong type or range, an unknown name, or a key that does not fit the algorithm */
export function resolveJwt(options: unknown, option: string): ResolvedJwt {
  const own = spec(options, option)
  const algorithm = own.algorithm ?? 'RS256'
  if (own.key === undefined) {
    throw new ConfigError({ option: `${option}.key`, value: undefined, expected: 'a key to sign with' })
  }
  const registered: Record<string, unknown> = { ...own.claims }
  if (own.issuer !== undefined) registered['iss'] = own.issuer
  if (own.subject !== undefined) registered['sub'] = own.subject
  if (own.audience !== undefined) registered['aud'] = own.audience
  return {
    claims: registered,
    jwtId: own.jwtId,
    header: { alg: algorithm, typ: 'JWT', ...(own.keyId === undefined ? {} : { kid: own.keyId }) },
    expiresInMs: own.expiresInMs ?? 300_000,
    key: resolveKey(own.key, algorithm, own.passphrase, `${option}.key`),
    reuse: own.reuse ?? false,
  }
}
