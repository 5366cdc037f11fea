import type { MatchCases, MatchResult } from '@halyard/binding/record'
import { ValueReaders } from './value-readers.ts'

/** The readers of a response that make a value of its body. */
export abstract class BodyReaders extends ValueReaders {
  /**
   * The case of the status: an exact code before a class (`'4xx'`) before `default`. A case is a schema of the body,
   * `null` for no body, or `{ body, headers, mediaType }`.
   *
   * @example
   * ```ts
   * const out = await api.get('/users/42').match({ 200: User, 404: Problem, '5xx': null })
   * if (out.status === 200) console.log(out.body.name)
   * ```
   * @throws StatusError where no case matches.
   */
  abstract match<const Cases extends MatchCases<Cases>>(cases: Cases): Promise<MatchResult<Cases>>
}
