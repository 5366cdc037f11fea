import type { RecordReadOptions, Schema } from '@halyard/binding/record'
import { ConfigError } from '@halyard/core'
import { boolean, integer, oneOf, optionObject, type Given, type OptionSpec } from '@halyard/core/options'

/** How payloads are decoded and bound to schemas, on a client or a call. */
export type BindingConfig = Omit<RecordReadOptions, 'root'>

const count = integer({ min: 0 })
const table: OptionSpec<Given<BindingConfig>> = optionObject({
  validate: boolean,
  lax: boolean,
  numbers: oneOf('double', 'lossless'),
  decimals: oneOf('number', 'text'),
  excerptBytes: count,
  maxBytes: count,
  maxDepth: integer({ min: 1 }),
  mediaTypes: oneOf('lenient', 'strict'),
  prototypeKeys: oneOf('error', 'drop'),
  doctype: oneOf('refuse', 'internal'),
  namespaces: oneOf('keep', 'strip'),
  maxExpansions: count,
  maxFields: count,
  maxNameLength: count,
})

/** Checks `binding`, and leaves out what is not said. @throws ConfigError */
export function bindingConfig(value: unknown, option: string): BindingConfig {
  const given = table(value, option)
  return Object.assign(
    Object.create(null),
    Object.fromEntries(Object.entries(given).filter(([, one]) => one !== undefined)),
  )
}

/** @throws ConfigError for what is no Standard Schema */
export function schemaOption(value: unknown, option: string): Schema {
  if (isSchema(value)) return value
  throw new ConfigError({ option, value, expected: 'a schema (zod, valibot, arktype or another Standard Schema)' })
}

function isSchema(value: unknown): value is Schema {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  const standard: unknown = Reflect.get(value, '~standard')
  return (
    typeof standard === 'object' &&
    standard !== null &&
    'validate' in standard &&
    typeof standard.validate === 'function'
  )
}
