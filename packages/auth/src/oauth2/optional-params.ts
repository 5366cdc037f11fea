import { ConfigError } from '@halyard/core'
import type { OptionSpec } from '@halyard/core/options'
import type { FormFields } from './form.ts'

/** Fields beyond the protocol's; a list repeats one. */
export type OptionalParams = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

/** Those that options and grants set. */
const reserved = new Set([
  'grant_type',
  'client_id',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
  'scope',
  'audience',
  'resource',
  'username',
  'password',
  'refresh_token',
  'assertion',
  'code',
  'code_verifier',
  'redirect_uri',
  'device_code',
  'subject_token',
  'subject_token_type',
  'actor_token',
  'actor_token_type',
  'requested_token_type',
])

export const resolveParams: OptionSpec<FormFields> = (value, option) => {
  if (Object.prototype.toString.call(value) !== '[object Object]' || typeof value !== 'object' || value === null) {
    throw new ConfigError({ option, value: typeof value, expected: 'an object of texts' })
  }
  const fields: (readonly [string, string])[] = []
  for (const [name, given] of Object.entries(value)) {
    const at = `${option}.${name}`
    if (reserved.has(name))
      throw new ConfigError({ option: at, value: name, expected: 'a field with no option of its own' })
    const list: unknown[] = Array.isArray(given) ? given : given === undefined ? [] : [given]
    for (const one of list) {
      if (typeof one !== 'string' && typeof one !== 'number' && typeof one !== 'boolean') {
        throw new ConfigError({
          option: at,
          value: typeof one,
          expected: 'text, a number, true or false, or a list of texts',
        })
      }
      fields.push([name, String(one)])
    }
  }
  return fields
}
