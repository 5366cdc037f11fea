import { ConfigError, type HttpRequest } from '@halyard/core'
import type { EndpointState } from '../endpoint.ts'
import type { Picker } from './picker.ts'

/** A rule of one's own: returns one of the endpoints that it is given. */
export type BalanceRule = (endpoints: readonly EndpointState[], request: HttpRequest) => EndpointState

export class OwnRule implements Picker {
  readonly startsSlowly = false
  readonly #rule: BalanceRule

  constructor(rule: BalanceRule) {
    this.#rule = rule
  }

  pick<E extends EndpointState>(candidates: readonly E[], request: HttpRequest): E {
    const chosen = this.#rule(candidates, request)
    const found = candidates.find((endpoint) => endpoint === chosen)
    if (found !== undefined) return found
    throw new ConfigError({
      option: 'balance.strategy',
      value: chosen,
      expected: 'a function that returns one of the endpoints that it is given',
    })
  }
}
