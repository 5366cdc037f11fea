import { ConfigError, isToken } from '@halyard/core'
import { formatExtendedValue } from './extended-value.ts'

/** What a `content-disposition` is made of. */
export interface ContentDispositionInit {
  readonly name?: string | undefined
  readonly filename?: string | undefined
  /** More parameters, in this order. */
  readonly parameters?: Readonly<Record<string, string>> | undefined
}

/**
 * Writes a `content-disposition`. For `form-data` as browsers do: in UTF-8, with `"`, CR and LF as `%22`, `%0D` and `%0A`.
 * For any other type a value that is not read alike everywhere, such as one beyond ASCII, is written twice (RFC 6266):
 * `filename="na_ve"; filename*=UTF-8''na%C3%AFve`.
 *
 * @example
 * ```ts
 * formatContentDisposition('attachment', { filename: 'naïve.txt' })
 * ```
 * @throws ConfigError for a type or a parameter's name that is no token, and for a form's name with a control character.
 */
export function formatContentDisposition(type: string, init: ContentDispositionInit = {}): string {
  if (!isToken(type)) throw new ConfigError({ option: 'type', value: type, expected: 'a token such as attachment' })
  const write = type.toLowerCase() === 'form-data' ? formParameter : parameter
  const parameters = own(init, 'parameters') ?? {}
  return [
    type,
    ...valueOf('name', own(init, 'name'), write),
    ...valueOf('filename', own(init, 'filename'), write),
    ...Object.keys(parameters).flatMap((name) => valueOf(name, parameters[name], write)),
  ].join('; ')
}

/** A polluted `Object.prototype` names no part. */
function own<Name extends keyof ContentDispositionInit>(
  init: ContentDispositionInit,
  name: Name,
): ContentDispositionInit[Name] {
  return Object.hasOwn(init, name) ? init[name] : undefined
}

type Write = (name: string, value: string) => string

function valueOf(name: string, value: string | undefined, write: Write): string[] {
  if (value === undefined) return []
  if (!isToken(name)) throw new ConfigError({ option: 'parameters', value: name, expected: 'names that are tokens' })
  if (typeof value !== 'string') throw new ConfigError({ option: name, value: typeof value, expected: 'a string' })
  return [write(name, value)]
}

function formParameter(name: string, value: string): string {
  const escaped = value.toWellFormed().replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22')
  const at = escaped.search(control)
  if (at !== -1) {
    const code = escaped.charCodeAt(at).toString(16).toUpperCase().padStart(4, '0')
    throw new ConfigError({ option: name, value: `U+${code} at index ${at}`, expected: 'no control characters' })
  }
  return `${name}="${escaped}"`
}

// oxlint-disable-next-line no-control-regex -- it is about them
const control = /[\0-\x08\x0a-\x1f\x7f]/

/** Not read alike everywhere: what is not ASCII, a backslash, and what looks like an escape (RFC 6266, appendix D). */
const notPlain = /[^\t\x20-\x7e]|\\|%(?=[0-9A-Fa-f]{2})/gu

function parameter(name: string, value: string): string {
  const fallback = value.replaceAll(notPlain, '_')
  if (fallback === value) return `${name}=${quote(value)}`
  return `${name}=${quote(fallback.replaceAll('\t', '_'))}; ${name}*=${formatExtendedValue(value)}`
}

function quote(value: string): string {
  return `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`
}
