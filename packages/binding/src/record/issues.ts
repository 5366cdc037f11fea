import type { ValidationIssue } from '@halyard/core'
import type { StandardSchemaV1 } from '@standard-schema/spec'

/** Messages of issues are cut to so many characters. */
const maxMessage = 200

/** Shorter values are found in any message. */
const minSecret = 4

/** Of a longer value so much is looked for: some libraries cut what they quote. */
const quotedPart = 16

/** So many values inside of a record are looked for. */
const maxValues = 1000

/**
 * The issues of a schema library by message and path alone: some keep the whole input on them, and errors are logged.
 *
 * Some libraries quote values in their messages. Messages are cut to 200 characters; and where `quote` is off, one
 * that contains what it complains about (text or a number of four characters or more, or such a value inside of it)
 * is replaced. That is a search, not a proof: messages that a schema's author wrote may say anything else.
 */
export function bareIssues(
  issues: readonly StandardSchemaV1.Issue[],
  input: unknown,
  quote: boolean,
): readonly ValidationIssue[] {
  return issues.map((issue) => {
    const path = issue.path === undefined ? undefined : pathOf(issue.path)
    const shown = quote || !quotes(issue.message, valueAt(input, path ?? [])) ? cut(issue.message) : 'does not fit'
    return path === undefined ? { message: shown } : { message: shown, path }
  })
}

function pathOf(path: NonNullable<StandardSchemaV1.Issue['path']>): readonly PropertyKey[] {
  return Array.from(path, (part) => (typeof part === 'object' ? part.key : part))
}

function cut(message: string): string {
  return message.length > maxMessage ? `${message.slice(0, maxMessage)}…` : message
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = Reflect.get(value, key)
  }
  return value
}

function quotes(message: string, value: unknown): boolean {
  const left: unknown[] = [value]
  for (let count = 0; left.length > 0; count += 1) {
    if (count === maxValues) return true
    const one = left.pop()
    if (typeof one === 'string' || typeof one === 'number' || typeof one === 'bigint') {
      if (contains(message, String(one))) return true
    } else if (typeof one === 'object' && one !== null) {
      for (const inner of Object.values(one).slice(0, maxValues)) left.push(inner)
    }
  }
  return false
}

function contains(message: string, text: string): boolean {
  if (text.length < minSecret) return false
  const part = text.slice(0, quotedPart)
  return message.includes(part) || message.includes(JSON.stringify(part).slice(1, -1))
}
