import type { AuthProvider } from '../provider/auth-provider.ts'
import type { SecretText } from '../secret/secret-value.ts'
import { credentials, type Credentials } from './credentials.ts'

/**
 * The Basic scheme (RFC 7617), in UTF-8, with each request: no challenge is waited for.
 *
 * @example
 * ```ts
 * createClient('https://api.example.com', { auth: basic('ada', password) })
 * ```
 * @throws ConfigError for an empty user name, one with a colon, and control characters; it shows neither of the two.
 */
export function basic(username: string, password: SecretText): AuthProvider {
  const value = basicHeader(credentials('basic', username, password))
  return {
    name: 'basic',
    apply: (request) => request.with({ headers: request.headers.with('authorization', value) }),
  }
}

/** The value of `authorization`. */
export function basicHeader({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`
}
