import type { Rule } from './rule.ts'
import { discardsWhatItDrops } from './rules/discards-what-it-drops.ts'
import { doesNotMutate } from './rules/does-not-mutate.ts'
import { doesNotSwallowErrors } from './rules/does-not-swallow-errors.ts'
import { forwardsCancellation } from './rules/forwards-cancellation.ts'
import { keepsCallsApart } from './rules/keeps-calls-apart.ts'
import { leavesNoListeners } from './rules/leaves-no-listeners.ts'
import { opensABodyOnce } from './rules/opens-a-body-once.ts'
import { passesThrough } from './rules/passes-through.ts'
import { stopsWhenCancelled } from './rules/stops-when-cancelled.ts'
import { wrapsIndependently } from './rules/wraps-independently.ts'

/** In the order in which they are checked and reported. */
export const rules: readonly Rule[] = [
  passesThrough,
  doesNotMutate,
  doesNotSwallowErrors,
  forwardsCancellation,
  stopsWhenCancelled,
  leavesNoListeners,
  discardsWhatItDrops,
  opensABodyOnce,
  keepsCallsApart,
  wrapsIndependently,
]
