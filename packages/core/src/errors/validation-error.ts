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
}

/**
 * Data did not fit its schema. Not an `HttpError`: the exchange worked.
 * The message names paths and what was expected; it holds no values but those that the schema's own messages quote.
 */
export class ValidationError extends Error {
  readonly issues: readonly ValidationIssue[]
  readonly at: ValidationFacts['at']
  readonly target: string
  readonly status: number | undefined
  readonly mediaType: string | undefined

  constructor(facts: ValidationFacts) {
    super(`${facts.target}: the ${describePlace(facts)} does not fit its schema: ${describeIssues(facts.issues)}`)
    this.issues = facts.issues
    this.at = facts.at
    this.target = facts.target
    this.status = facts.status
    this.mediaType = facts.mediaType
  }

  override get name(): string {
    return 'ValidationError'
  }
}

function describePlace(facts: ValidationFacts): string {
  if (facts.at === 'request') return 'request body'
  return `response's ${facts.at}${facts.status === undefined ? '' : ` (status ${facts.status})`}`
}

function describeIssues(issues: readonly ValidationIssue[]): string {
  const shown = issues.slice(0, 5).map(({ path, message }) => {
    const place = (path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.')
    return place === '' ? message : `${place}: ${message}`
  })
  return shown.join('; ') + (issues.length > 5 ? `; and ${issues.length - 5} more` : '')
}
