import type { HttpResponse } from '@halyard/core'
import { brokenConnection, pendUntilCancelled } from '../failures.ts'
import { Broken, type NextCall } from '../trial.ts'
import type { Rule } from '../rule.ts'

interface Scenario {
  readonly when: string
  readonly script: (asked: NextCall, late: Promise<HttpResponse>) => Promise<HttpResponse>
}

const scenarios: readonly Scenario[] = [
  { when: 'while next pends', script: pendUntilCancelled },
  { when: 'after an answer of 503', script: ({ respond }) => Promise.resolve(respond({ status: 503, body: 'later' })) },
  {
    when: 'after a broken connection',
    script: ({ request }) => Promise.reject(brokenConnection(request)),
  },
  { when: 'before next answers 503', script: (_asked, late) => late },
]

/** Once the call is cancelled, `next` is not called again. */
export const stopsWhenCancelled: Rule = {
  name: 'stops when cancelled',
  check: async (bench) => {
    for (const { when, script } of scenarios) {
      const late = Promise.withResolvers<HttpResponse>()
      await using trial = bench.trial((asked) => script(asked, late.promise))
      const started = trial.start()
      await trial.until(() => trial.asked.length > 0)
      await trial.quiet(false)
      const before = trial.asked.length
      started.call.cancel(new Error('cancelled by the check'))
      late.resolve(trial.respond({ status: 503, body: 'later' }))
      await trial.quiet(true)
      if (trial.asked.length > before) throw new Broken(`cancelled ${when}, it calls next again`)
    }
  },
}
