import { FieldScanner } from './field-scanner.ts'

/**
 * Reads the values of `Authentication-Info` or `Proxy-Authentication-Info` (RFC 9110 §11.6.3): parameters by name in lower
 * case. Never throws: what is not well-formed is left out.
 */
export function parseAuthInfo(fields: readonly string[]): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>()
  for (const text of fields) {
    const field = new FieldScanner(text)
    for (; !field.atEnd; field.skipComma()) {
      field.skipSpace()
      const name = field.token()?.toLowerCase()
      const value = name === undefined ? undefined : field.value()
      field.skipSpace()
      if (!field.atComma && !field.atEnd) field.skipElement()
      else if (name !== undefined && value !== undefined && !parameters.has(name)) parameters.set(name, value)
    }
  }
  return parameters
}
