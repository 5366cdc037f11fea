import { brokenConnection, pendUntilCancelled } from '../failures.ts'
import { Broken } from '../trial.ts'
import type { Bench, Rule } from '../rule.ts'

/** When the work is done, however it ended, nobody listens to the call any more. */
export const leavesNoListeners: Rule = {
  name: 'leaves no listeners',
  check: async (bench) => {
    await afterSuccess(bench)
    await afterFailure(bench)
    await afterCancellation(bench)
  },
}

async function afterSuccess(bench: Bench): Promise<void> {
  await using trial = bench.trial(({ respond }) => respond({ body: 'x' }))
  const ended = await trial.run()
  await ended.read()
  await trial.quiet(false)
  refuse(ended.call.listeners, 'an answer')
}

async function afterFailure(bench: Bench): Promise<void> {
  await using trial = bench.trial(({ request }) => Promise.reject(brokenConnection(request)))
  const ended = await trial.run()
  await trial.quiet(false)
  refuse(ended.call.listeners, 'a failure')
}

async function afterCancellation(bench: Bench): Promise<void> {
  await using trial = bench.trial(pendUntilCancelled)
  const started = trial.start()
  await trial.until(() => trial.asked.length > 0)
  started.call.cancel(new Error('cancelled by the check'))
  await trial.quiet(false)
  refuse(started.call.listeners, 'a cancellation')
}

function refuse(listeners: number, when: string): void {
  if (listeners > 0) throw new Broken(`after ${when}, ${listeners} listener(s) are left on the call or its signal`)
}
