import type { Challenge } from './challenge.ts'
import { FieldScanner } from './field-scanner.ts'

interface Draft {
  readonly scheme: string
  token68: string | undefined
  readonly parameters: Map<string, string>
  /** Something of it is not as the grammar says: it is left out as a whole. */
  broken: boolean
}

/**
 * Reads the values of `WWW-Authenticate` or `Proxy-Authenticate` (RFC 9110 §11.6.1): any number of challenges in any
 * number of fields, in the order of the server. Never throws: a challenge that is not well-formed is left out, and those
 * around it are kept.
 *
 * @example
 * ```ts
 * const offered = parseChallenges(response.headers.getAll('www-authenticate'))
 * const digest = offered.filter(({ scheme }) => scheme === 'digest')
 * ```
 */
export function parseChallenges(fields: readonly string[]): readonly Challenge[] {
  const drafts: Draft[] = []
  for (const field of fields) parseField(new FieldScanner(field), drafts)
  return drafts
    .filter(({ broken }) => !broken)
    .map(({ scheme, token68, parameters }) => ({ scheme, token68, parameters }))
}

/** Each element of the list is a challenge, or one more parameter of the challenge before (RFC 9110 §5.6.1, §11.6.1). */
function parseField(field: FieldScanner, drafts: Draft[]): void {
  for (; !field.atEnd; field.skipComma()) {
    field.skipSpace()
    if (field.atComma || field.atEnd) continue
    const name = field.token()
    // What begins like nothing in the grammar is no part of the challenge before it.
    if (name === undefined) field.skipElement()
    else if (field.atEquals) parameter(field, drafts.at(-1), name)
    else begin(field, drafts, name)
    field.skipSpace()
    if (!field.atComma && !field.atEnd) spoil(field, drafts.at(-1))
  }
}

function begin(field: FieldScanner, drafts: Draft[], scheme: string): void {
  const draft: Draft = { scheme: scheme.toLowerCase(), token68: undefined, parameters: new Map(), broken: false }
  drafts.push(draft)
  if (!field.skipSpace() || field.atComma || field.atEnd) return
  draft.token68 = field.token68()
  if (draft.token68 !== undefined) return
  const name = field.token()
  if (name === undefined || !field.atEquals) spoil(field, draft)
  else parameter(field, draft, name)
}

function parameter(field: FieldScanner, draft: Draft | undefined, name: string): void {
  const value = field.value()
  // Before any scheme, or beside a token68: it belongs to nothing.
  if (draft === undefined || value === undefined || draft.token68 !== undefined) {
    spoil(field, draft)
    return
  }
  const key = name.toLowerCase()
  if (!draft.parameters.has(key)) draft.parameters.set(key, value)
}

/** Goes on behind the next comma. */
function spoil(field: FieldScanner, draft: Draft | undefined): void {
  if (draft !== undefined) draft.broken = true
  field.skipElement()
}
