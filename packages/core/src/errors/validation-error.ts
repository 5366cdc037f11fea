import { parseMediaType } from '../media-type/media-type.ts'

/** One thing that did not fit: a message, and where. */
export interface ValidationIssue {
  readonly message: string
  readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined
}

export interface ValidationFacts {
  readonly issues: readonly ValidationIssue[]
  readonly at: 'body' | 'headers' | 'request'
  readonly target: string
  readonly status?: number | undefined
  readonly mediaType?: string | undefined
  /** Which part of a multipart response it was, in words: `parts[2] named "meta"`. */
  readonly part?: string | undefined
}

/**
 * Data did not fit its schema. Not an `HttpError`: the exchange worked.
 * The message names paths (`users[3].address.zip`) and what was expected; it holds no values but those that the schema's
 * own messages quote.
 */
export class ValidationError extends Error {
  readonly issues: readonly ValidationIssue[]
  readonly at: ValidationFacts['at']
  readonly target: string
  readonly status: number | undefined
  readonly mediaType: string | undefined
  /** Which part of a multipart response it was. */
  readonly part: string | undefined

  constructor(facts: ValidationFacts) {
    const target = facts.target === '' ? '' : `${facts.target}: `
    super(`${target}the ${describePlace(facts)}: ${describeIssues(facts.issues)}`)
    this.issues = facts.issues
    this.at = facts.at
    this.target = facts.target
    this.status = facts.status
    this.mediaType = facts.mediaType
    this.part = facts.part
  }

  override get name(): string {
    return 'ValidationError'
  }
}

function describePlace(facts: ValidationFacts): string {
  if (facts.at === 'request') return 'request body does not fit its schema'
  const known = [facts.status === undefined ? undefined : `status ${facts.status}`, shownType(facts.mediaType)]
  const words = known.filter((word) => word !== undefined).join(', ')
  const status = words === '' ? '' : ` (${words})`
  const { part, at } = facts
  if (at === 'body') return `response's ${part ?? 'body'}${status} does not fit its schema`
  return `${part === undefined ? "response's headers" : `headers of the response's ${part}`}${status} do not fit their schema`
}

/** A content type without its parameters, which are the peer's to fill. */
function shownType(mediaType: string | undefined): string | undefined {
  return parseMediaType(mediaType)?.essence.slice(0, 100)
}

function describeIssues(issues: readonly ValidationIssue[]): string {
  const shown = issues.slice(0, 5).map(({ path, message }) => {
    const place = describePath(path ?? [])
    return place === '' ? message : `${place}: ${message}`
  })
  return shown.join('; ') + (issues.length > 5 ? `; and ${issues.length - 5} more` : '')
}

/** A path in words: `users[3].address["postal code"]`. Names that would be mistaken for something else are quoted. */
export function describePath(path: NonNullable<ValidationIssue['path']>): string {
  const parts = path.map((part) => describeKey(typeof part === 'object' ? part.key : part))
  const whole = parts.join('')
  const place = whole.startsWith('.') ? whole.slice(1) : whole
  return place.length > 400 ? `${place.slice(0, 200)}…${place.slice(-199)}` : place
}

/** Up to 80 characters, none of which means something in a path. */
const plainName = /^[^\s\p{C}.[\]"]{1,80}$/u

function describeKey(key: PropertyKey): string {
  if (typeof key !== 'string') return `[${String(key)}]`
  if (plainName.test(key)) return `.${key}`
  return `[${JSON.stringify(key.length > 80 ? `${key.slice(0, 80)}…` : key)}]`
}
