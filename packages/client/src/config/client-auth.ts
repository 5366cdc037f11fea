import { auth, type AuthLayer, type AuthProvider, type AuthRule, type Origins } from '@halyard/auth'
import { ConfigError } from '@halyard/core'

/** Credentials for the base's origin, or rules by origin; `false` is none. */
export type AuthConfig = AuthProvider | readonly AuthRule[] | false

/** Checks `auth`. @throws ConfigError, with nothing of what it refuses */
export function authSpec(value: unknown, option: string): AuthConfig {
  if (value === false) return false
  if (isRules(value)) {
    // The layer checks each of them.
    auth(value)
    return value
  }
  if (isProvider(value)) return value
  throw new ConfigError({
    option,
    value: typeof value,
    expected: 'a provider such as basic(…), a list of rules with origins, or false',
  })
}

function isRules(value: unknown): value is readonly AuthRule[] {
  return Array.isArray(value)
}

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

/**
 * The rules of a client.
 * @param home The client's own origins, which a lone provider is for.
 * @throws ConfigError for a lone provider without any.
 */
export function authRules(given: AuthConfig | undefined, home: Origins | undefined): readonly AuthRule[] {
  if (given === undefined || given === false) return []
  if (isRules(given)) return given
  if (home === undefined)
    throw new ConfigError({
      option: 'auth',
      value: given.name,
      expected: 'a list of rules with origins, for the client has no base',
    })
  return [{ origins: home, auth: given }]
}

/** The layer: always there, for a call may have credentials of its own. */
export function authLayer(rules: readonly AuthRule[], home: Origins | undefined): AuthLayer {
  return auth(rules, home === undefined ? {} : { origins: home })
}
