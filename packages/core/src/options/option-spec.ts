import { ConfigError } from '../errors/config-error.ts'
import { nearest } from './nearest.ts'

/** Checks one option and returns what is to be used of it. */
export type OptionSpec<T> = (value: unknown, option: string) => T

/** The options of an interface as checked: each there, what was not given `undefined`. */
export type Given<Options> = { readonly [Name in keyof Options]-?: Options[Name] | undefined }

export type SpecTable = Readonly<Record<string, OptionSpec<unknown>>>
type Resolved<Table extends SpecTable> = { readonly [Name in keyof Table]: ReturnType<Table[Name]> | undefined }

function fail(option: string, value: unknown, expected: string): never {
  throw new ConfigError({ option, value, expected })
}

export interface Range {
  readonly min?: number
  readonly max?: number
}

function describeRange({ min, max }: Range): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`
  if (min !== undefined) return ` of at least ${min}`
  return max === undefined ? '' : ` of at most ${max}`
}

/** A whole number. */
export function integer(range: Range = {}): OptionSpec<number> {
  return (value, option) => {
    const { min = -Infinity, max = Number.MAX_SAFE_INTEGER } = range
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max) return value
    return fail(option, value, `an integer${describeRange(range)}`)
  }
}

export function number(range: Range = {}): OptionSpec<number> {
  return (value, option) => {
    const { min = -Infinity, max = Infinity } = range
    if (typeof value === 'number' && Number.isFinite(value) && value >= min && value <= max) return value
    return fail(option, value, `a number${describeRange(range)}`)
  }
}

/** The longest time a platform's timer can hold: above it, timers fire at once. */
const maxTimerMs = 2 ** 31 - 1

/** Milliseconds; more than a timer can hold is refused. */
export const durationMs: OptionSpec<number> = (value, option) => {
  if (typeof value === 'number' && value > 0 && value <= maxTimerMs) return value
  return fail(option, value, `milliseconds, more than 0 and at most ${maxTimerMs}`)
}

export const boolean: OptionSpec<boolean> = (value, option) =>
  typeof value === 'boolean' ? value : fail(option, value, 'true or false')

export const string: OptionSpec<string> = (value, option) =>
  typeof value === 'string' ? value : fail(option, value, 'a string')

export function oneOf<const Names extends readonly string[]>(...names: Names): OptionSpec<Names[number]> {
  return (value, option) =>
    names.find((name) => name === value) ?? fail(option, value, names.map((name) => `'${name}'`).join(' or '))
}

/** `false` for off, or what `spec` takes. */
export function orFalse<T>(spec: OptionSpec<T>): OptionSpec<T | false> {
  return (value, option) => {
    if (value === false) return false
    try {
      return spec(value, option)
    } catch (error) {
      // A fault further inside has nothing to do with `false`.
      throw error instanceof ConfigError && error.option === option
        ? new ConfigError({ option: error.option, value, expected: `${error.expected}, or false` })
        : error
    }
  }
}

/** A value of a form that cannot be checked further, with a guard. */
export function guarded<T>(guard: (value: unknown) => value is T, expected: string): OptionSpec<T> {
  return (value, option) => (guard(value) ? value : fail(option, value, expected))
}

/**
 * An object of options: own properties only (a polluted `Object.prototype` adds none), unknown names refused with the
 * nearest known one. The result is a fresh object without a prototype.
 */
export function optionObject<Table extends SpecTable>(table: Table): OptionSpec<Resolved<Table>> {
  return (value, option) => {
    // A Map, Date or promise has options of other kinds, if any.
    if (Object.prototype.toString.call(value) !== '[object Object]' || value === null || typeof value !== 'object') {
      return fail(option, value, 'an object')
    }
    const given = new Map<string, unknown>(Object.entries(value))
    const resolved: Record<string, unknown> = Object.create(null)
    for (const name of Object.keys(table)) resolved[name] = undefined
    for (const [name, own] of given) {
      const path = option === '' ? name : `${option}.${name}`
      const spec = Object.hasOwn(table, name) ? table[name] : undefined
      if (spec === undefined) throw unknownOption(path, name, Object.keys(table))
      if (own !== undefined) resolved[name] = spec(own, path)
    }
    // Every name of the table was set, by its own spec.
    return resolved as Resolved<Table>
  }
}

/** The error for a name that no table knows. */
export function unknownOption(path: string, name: string, known: readonly string[]): ConfigError {
  const close = nearest(name, known)
  return new ConfigError({
    option: path,
    value: name,
    expected: `one of ${known.join(', ')}`,
    ...(close === undefined ? {} : { hint: `did you mean '${close}'?` }),
  })
}
