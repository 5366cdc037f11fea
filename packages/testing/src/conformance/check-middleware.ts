import type { AnyMiddleware } from '@halyard/core'
import { ConformanceError, type Violation } from './conformance-error.ts'
import type { ConformanceOptions } from './conformance-options.ts'
import { Bench } from './rule.ts'
import { Broken } from './trial.ts'

/**
 * Checks that a middleware keeps the contract, on a fake clock and without a network. `make` is called for each of
 * the scenarios.
 *
 * @throws ConformanceError that names every rule that is broken, and how.
 *
 * @example
 * ```ts
 * test('keeps the contract', () => checkMiddleware(() => requestId()))
 * ```
 */
export async function checkMiddleware(make: () => AnyMiddleware, options: ConformanceOptions = {}): Promise<void> {
  // Not with the rest of the kit: whoever wants a server need not load the rules, whose sources Node 22 cannot run as
  // they are (`await using`).
  const { rules } = await import('./rules.ts')
  const bench = new Bench(make, options)
  const violations: Violation[] = []
  for (const { name, check } of rules) {
    if (options.except?.includes(name) === true) continue
    try {
      await check(bench)
    } catch (failure) {
      const detail = failure instanceof Broken ? failure.message : `it failed with ${String(failure)}`
      violations.push({ rule: name, detail })
    }
  }
  if (violations.length > 0) throw new ConformanceError(make().name, violations)
}
