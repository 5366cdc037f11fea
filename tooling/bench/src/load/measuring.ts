import path from 'node:path'
import { startChild } from './child.ts'
import type { Sample } from './load.ts'
import type { Job } from './worker.ts'

/** A process in which clients are measured. */
export interface Measuring {
  measure(job: Job): Promise<Sample>
  stop(): void
}

export function startMeasuring(): Measuring {
  const child = startChild(path.join(import.meta.dirname, 'worker.ts'))
  return { measure: async (job) => (await child.ask(job, limitOf(job))) as Sample, stop: () => child.stop() }
}

function limitOf({ plan }: Job): number {
  return 20_000 + plan.warmUp.atMostMs + plan.measureMs
}
