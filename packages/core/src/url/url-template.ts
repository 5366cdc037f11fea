import { ConfigError } from '../errors/config-error.ts'
import { encode } from './query.ts'
import { shownUrl } from './shown-url.ts'

export type PathParams = Readonly<Record<string, string | number | boolean | bigint>>

/**
 * Fills `{name}` placeholders. Values are percent-encoded whole, `/` and `%` too, so a value stays in its segment; one
 * that would still climb (`.` and `..` alone, which URL parsers resolve even when encoded) or vanish (empty) is refused.
 * @throws ConfigError for a placeholder without a value, a value without a placeholder, or a value that would climb.
 */
export function expandTemplate(template: string, params: PathParams): string {
  const used = new Set<string>()
  const filled = template.replace(/\{([^{}/?#]+)\}/g, (_placeholder, name: string) => {
    used.add(name)
    return segment(name, Object.hasOwn(params, name) ? params[name] : undefined)
  })
  for (const name of Object.keys(params)) {
    if (!used.has(name)) {
      throw new ConfigError({
        option: `params.${name}`,
        value: params[name],
        expected: `a placeholder {${name}} in the path ${shownUrl(template)}`,
      })
    }
  }
  // What stands beside a placeholder (`%2{x}`) must not make a climbing segment either. Values hold no `/`.
  const own = segments(template)
  for (const [at, part] of segments(filled).entries()) {
    if (isDots(part) && own[at] !== part) {
      throw new ConfigError({ option: 'params', value: part, expected: 'values that stay in their path segment' })
    }
  }
  return filled
}

function segment(name: string, value: unknown): string {
  const option = `params.${name}`
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new ConfigError({ option, value, expected: 'a finite number' })
  if (
    typeof value !== 'string' &&
    typeof value !== 'number' &&
    typeof value !== 'boolean' &&
    typeof value !== 'bigint'
  ) {
    throw new ConfigError({ option, value, expected: 'a string, number, boolean or bigint' })
  }
  const text = String(value)
  if (text === '') throw new ConfigError({ option, value, expected: 'a value that is not empty' })
  if (text === '.' || text === '..')
    throw new ConfigError({ option, value, expected: 'a value that stays in its path segment' })
  return encode(text)
}

function segments(path: string): string[] {
  return path.replace(/[?#].*$/s, '').split('/')
}

function isDots(part: string): boolean {
  return /^(?:\.|%2e){1,2}$/i.test(part)
}
