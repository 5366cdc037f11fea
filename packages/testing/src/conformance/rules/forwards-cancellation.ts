import { pendUntilCancelled } from '../failures.ts'
import { Broken } from '../trial.ts'
import type { Bench, Rule } from '../rule.ts'

/** Who waits for the call is let go at once, and `next` hears of it. */
export const forwardsCancellation: Rule = {
  name: 'forwards cancellation',
  check: async (bench) => {
    await whileNextPends(bench)
    await whileItWaits(bench)
  },
}

async function whileNextPends(bench: Bench): Promise<void> {
  await using trial = bench.trial(pendUntilCancelled)
  const started = trial.start()
  if (!(await trial.until(() => trial.asked.length > 0))) throw new Broken('next was not called')
  started.call.cancel(new Error('cancelled by the check'))
  if (trial.asked.at(-1)?.call.cancelled !== true)
    throw new Broken('the call that next was given is not cancelled with the call')
  if (!(await trial.until(() => started.settled, 0))) throw new Broken('cancelled while next pends, it never settles')
}

/** As between two attempts. Middlewares that wait for nothing have settled by then. */
async function whileItWaits(bench: Bench): Promise<void> {
  await using trial = bench.trial(({ respond }) => respond({ status: 503, body: 'later' }))
  const started = trial.start()
  await trial.quiet(false)
  started.call.cancel(new Error('cancelled by the check'))
  if (!(await trial.until(() => started.settled, 0)))
    throw new Broken('cancelled while it waits after an answer of 503, it goes on waiting')
}
