import type { Outcome } from '@halyard/core'

/** Lets go of an outcome that is not passed on: the body of its response, if there is one. Never rejects. */
export function discard({ response }: Outcome): Promise<void> {
  return response === undefined ? Promise.resolve() : response.body.discard()
}
