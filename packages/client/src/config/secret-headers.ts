import type { HeaderList } from '@halyard/core'

/** Fields that stay on their origin and are never printed. */
const secretNames: readonly string[] = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'x-api-key',
  'api-key',
  'x-auth-token',
  'x-csrf-token',
  'x-amz-security-token',
]

/** What of a client's headers may go to another origin than its base's. */
export function withoutSecrets(headers: HeaderList, more: readonly string[]): HeaderList {
  return [...secretNames, ...more].reduce((kept, name) => kept.without(name), headers)
}
