/** What the conformance kit checks, by name. */
export type ConformanceRule =
  | 'passes through'
  | 'forwards cancellation'
  | 'stops when cancelled'
  | 'leaves no listeners'
  | 'does not mutate'
  | 'does not swallow errors'
  | 'discards what it drops'
  | 'opens a body once'
  | 'keeps concurrent calls apart'
  | 'wraps independently'

/** One rule that a middleware breaks, and how. */
export interface Violation {
  readonly rule: ConformanceRule
  readonly detail: string
}

/** A middleware breaks the contract; the message has a line for each rule. */
export class ConformanceError extends Error {
  override readonly name = 'ConformanceError'
  readonly violations: readonly Violation[]

  constructor(middleware: string, violations: readonly Violation[]) {
    const lines = violations.map(({ rule, detail }) => `the middleware "${middleware}" breaks "${rule}": ${detail}`)
    super(lines.join('\n'))
    this.violations = violations
  }
}
