import { ConfigError, isToken } from '@halyard/core'
import { isPrintable, quoted, type StructuredKind } from './structured-field.ts'

/** The derived components of a request (RFC 9421 §2.2). */
const derivedNames = [
  '@method',
  '@target-uri',
  '@authority',
  '@scheme',
  '@request-target',
  '@path',
  '@query',
  '@query-param',
] as const

/** What a signature covers. */
export interface Component {
  /** A derived component, or a field in lower case. */
  readonly name: string
  /** `name` of `@query-param`, encoded as in the query. */
  readonly parameter: string | undefined
  /** A member of a dictionary. */
  readonly key: string | undefined
  /** In strict form, if the field is of a kind that is known. */
  readonly strict: boolean
  /** Each value as bytes in base64. */
  readonly binary: boolean
}

/** A component as signatures name it: a quoted name with its parameters. */
export function identifierOf({ name, parameter, key, strict, binary }: Component): string {
  const ending = [
    ...(parameter === undefined ? [] : [`;name=${quoted(parameter)}`]),
    ...(strict ? [';sf'] : []),
    ...(key === undefined ? [] : [`;key=${quoted(key)}`]),
    ...(binary ? [';bs'] : []),
  ]
  return quoted(name) + ending.join('')
}

const expected =
  'a component such as @method, content-type, @query-param;name="id", cache-control;sf, x-list;key="a" or x-raw;bs'

const form = /^"?(?<name>@?[^";\s]+)"?(?<rest>(?:;[a-z]+(?:="[^"\\]*")?)*)$/

/**
 * A component as an option names it: its name, with or without quotes, and its parameters.
 * @throws ConfigError for one that is none, or that requests do not have
 */
export function readComponent(given: unknown, option: string): Component {
  const match = typeof given === 'string' ? form.exec(given) : null
  const name = (match?.groups?.['name'] ?? '').toLowerCase()
  const fail = (what: string): never => {
    throw new ConfigError({ option, value: given, expected: what })
  }
  const isDerived = name.startsWith('@')
  if (match === null || !(isDerived || isToken(name))) return fail(expected)
  if (isDerived && !derivedNames.some((known) => known === name)) return fail(`one of ${derivedNames.join(', ')}`)
  const found = new Map<string, string | undefined>()
  for (const { groups } of (match.groups?.['rest'] ?? '').matchAll(/;(?<key>[a-z]+)(?:="(?<value>[^"]*)")?/g)) {
    const key = groups?.['key'] ?? ''
    if (found.has(key)) return fail('each parameter once')
    found.set(key, groups?.['value'])
  }
  const component: Component = {
    name,
    parameter: found.get('name'),
    key: found.get('key'),
    strict: found.has('sf'),
    binary: found.has('bs'),
  }
  for (const key of found.keys()) {
    const fits = isDerived ? name === '@query-param' && key === 'name' : ['sf', 'key', 'bs'].includes(key)
    // Trailers (`tr`) are not sent, and `req` is for responses.
    if (!fits) return fail(isDerived ? 'no such parameter of a derived component' : 'the parameters sf, key or bs')
  }
  if (name === '@query-param' && component.parameter === undefined) return fail('@query-param;name="…"')
  if (found.has('key') && component.key === undefined) return fail('key="…"')
  if (component.binary && (component.strict || component.key !== undefined)) return fail('bs without sf and key')
  if (!isPrintable(`${component.parameter ?? ''}${component.key ?? ''}`)) return fail('printable ASCII')
  return component
}

const knownStructures: Readonly<Record<string, StructuredKind>> = {
  accept: 'list',
  'accept-encoding': 'list',
  'accept-language': 'list',
  'cache-control': 'dictionary',
  'content-digest': 'dictionary',
  'content-length': 'item',
  'content-type': 'item',
  priority: 'dictionary',
  'repr-digest': 'dictionary',
  signature: 'dictionary',
  'signature-input': 'dictionary',
  'want-content-digest': 'dictionary',
  'want-repr-digest': 'dictionary',
}

/** The structure of a field, where it is known; of others, `sf` needs to be told. */
export function knownKind(name: string): StructuredKind | undefined {
  return Object.hasOwn(knownStructures, name) ? knownStructures[name] : undefined
}
