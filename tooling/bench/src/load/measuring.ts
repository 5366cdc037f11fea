import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { Sample } from './load.ts'
import type { Job, Outcome } from './worker.ts'

/** Where peers are measured. */
export interface Measuring {
  measure(job: Job): Promise<Sample>
  stop(): void
}

/** A fresh process for each peer of each round: nothing one client does is another's burden. */
export const isolated: Measuring = {
  measure: async (job) => {
    const child = spawn()
    try {
      return await ask(child, job)
    } finally {
      child.kill()
    }
  },
  stop: () => {},
}

/** One process for all. */
export function shared(): Measuring {
  const child = spawn()
  return { measure: (job) => ask(child, job), stop: () => void child.kill() }
}

function spawn(): ChildProcess {
  return fork(path.join(import.meta.dirname, 'worker.ts'), { execArgv: ['--expose-gc'] })
}

async function ask(child: ChildProcess, job: Job): Promise<Sample> {
  const limit = 15_000 + job.plan.warmUpMs * 3 + job.plan.measureMs
  child.send(job)
  const [outcome] = (await once(child, 'message', { signal: AbortSignal.timeout(limit) })) as [Outcome]
  if ('error' in outcome) throw new Error(`${job.peer}: ${outcome.error}`)
  return outcome.sample
}
