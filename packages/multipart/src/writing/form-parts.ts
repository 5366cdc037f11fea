import { ConfigError } from '@halyard/core'
import { isBlob, isRequestBody } from './content.ts'
import type { PartBody } from './part-body.ts'
import type { PartInit } from './part-init.ts'

/** A value of a form: what a part may hold, a number or a truth value as text, a part, or several under one name. */
export type FormValue = FormScalar | readonly FormScalar[]

type FormScalar = PartBody | PartInit | number | bigint | boolean | undefined

/** The values of a form by their names. What is `undefined` is left out. */
export type FormValues = Readonly<Record<string, FormValue>>

/** The parts of an object's own fields, in their order. */
export function formParts(values: FormValues): PartInit[] {
  return Object.entries(values).flatMap(([name, value]) => partsOf(name, value))
}

/** The parts that one value makes; a part that has a name keeps it. */
export function partsOf(name: string, value: FormValue): PartInit[] {
  if (Array.isArray(value)) return value.flatMap((one: FormScalar) => partsOf(name, one))
  if (value === undefined) return []
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') {
    return [{ name, body: String(value) }]
  }
  if (isPart(value)) return [{ ...value, name: Object.hasOwn(value, 'name') ? (value.name ?? name) : name }]
  if (isBody(value)) return [{ name, body: value }]
  throw new ConfigError({
    option: `parts.${name}`,
    value,
    expected: 'text, a number, bytes, a Blob, a stream or a part',
  })
}

function isPart(value: unknown): value is PartInit {
  return (
    typeof value === 'object' &&
    value !== null &&
    !isBlob(value) &&
    !isRequestBody(value) &&
    Object.hasOwn(value, 'body')
  )
}

/** What exactly it is, the writer finds out. */
function isBody(value: unknown): value is PartBody {
  return value !== null
}
