import type { HttpRequest } from '@halyard/core'
import type { EndpointState } from '../endpoint.ts'

/** Chooses one of several endpoints. */
export interface Picker {
  /** `candidates` holds one at least, in the order of the list, and without those that cannot be used now. */
  pick<E extends EndpointState>(candidates: readonly E[], request: HttpRequest): E
  /** The endpoint answered, and nobody else has to be asked. */
  succeeded?(endpoint: EndpointState): void
  /** Whether an endpoint that has just come may get less than its share for a while. */
  readonly startsSlowly: boolean
}

/** The one at `index`, which is there. */
export function at<E>(candidates: readonly E[], index: number): E {
  const found = candidates[index]
  if (found === undefined) throw new RangeError(`no candidate ${index} of ${candidates.length}`)
  return found
}
