import { parseMediaType } from '@halyard/core'
import { isFields, set } from './walk-shape.ts'

/** Problem details (RFC 9457): what a server says about a failure. */
export interface Problem {
  readonly type?: string
  readonly title?: string
  readonly status?: number
  readonly detail?: string
  readonly instance?: string
  readonly [extension: string]: unknown
}

const textMembers = new Set(['type', 'title', 'detail', 'instance'])

/**
 * The problem that a decoded body is, by its content type: `application/problem+json`, or `application/problem+xml`
 * as a tree whose root is `problem`. Members of a wrong type are left out (RFC 9457 §3.1); extensions are kept as
 * they came, in XML as text and trees. `undefined` for anything else.
 */
export function problemOf(mediaType: string | undefined, body: unknown): Problem | undefined {
  const essence = parseMediaType(mediaType)?.essence
  if (essence === 'application/problem+json') return isFields(body) ? membersOf(body, 'json') : undefined
  if (essence !== 'application/problem+xml' || !isFields(body)) return undefined
  const [root = ''] = Object.keys(body)
  const local = root.slice(root.indexOf(':') + 1)
  const problem = body[root]
  return local === 'problem' && isFields(problem) ? membersOf(problem, 'xml') : undefined
}

function membersOf(body: Readonly<Record<string, unknown>>, format: 'json' | 'xml'): Problem {
  const problem: Record<string, unknown> = {}
  for (const key of Object.keys(body)) {
    if (format === 'xml' && (key.startsWith('@') || key === '#text')) continue
    const name = format === 'xml' ? key.slice(key.indexOf(':') + 1) : key
    const value = memberOf(name, format === 'xml' ? plain(body[key]) : body[key], format)
    if (value !== undefined) set(problem, name, value)
  }
  return problem
}

function memberOf(name: string, value: unknown, format: 'json' | 'xml'): unknown {
  if (textMembers.has(name)) return typeof value === 'string' ? value : undefined
  if (name !== 'status') return value
  if (format === 'xml' && typeof value === 'string' && /^\s*\d{3}\s*$/.test(value)) return Number(value)
  return typeof value === 'number' ? value : undefined
}

/** An element with attributes (`xml:lang`) and text is its text here. */
function plain(value: unknown): unknown {
  if (!isFields(value)) return value
  const isText = Object.keys(value).every((name) => name.startsWith('@') || name === '#text')
  return isText && Object.hasOwn(value, '#text') ? value['#text'] : value
}
