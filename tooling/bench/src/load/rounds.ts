import { median } from '../report/median.ts'
import type { LoadPlan, Sample, WarmUp } from './load.ts'
import { startMeasuring, type Measuring } from './measuring.ts'
import type { Job } from './worker.ts'

/** The samples of each peer, one a round. */
export type Rounds = ReadonlyMap<string, readonly Sample[]>

export interface RoundsPlan {
  readonly rounds: number
  /** How often each peer is measured in a round, in turns with the others; their median is the round's sample. */
  readonly slices: number
  /** A process for each peer of each round, or one for everything. */
  readonly isolate: boolean
}

/** Fills the connections again before each slice. */
const refill: WarmUp = { cpuMs: 30, atMostMs: 200 }

/**
 * Measures the peers in turns. A round makes each of them ready, then goes round them slice by slice, so that what
 * else the machine does meets all of them alike. Each round starts with another peer. A peer that fails has no samples.
 */
export async function interleave(names: readonly string[], given: RoundsPlan, job: Omit<Job, 'peer'>): Promise<Rounds> {
  const samples = new Map<string, Sample[]>(names.map((name) => [name, []]))
  const failed = new Set<string>()
  const one = given.isolate ? undefined : startMeasuring()
  try {
    for (let round = 0; round < given.rounds; round++) {
      const from = Math.floor((round * names.length) / given.rounds)
      const order = [...names.slice(from), ...names.slice(0, from)].filter((name) => !failed.has(name))
      const taken = await oneRound(order, given.slices, job, one)
      for (const [name, sample] of taken) {
        if (sample === undefined) failed.add(name)
        else samples.get(name)?.push(sample)
      }
    }
  } finally {
    one?.stop()
  }
  for (const name of failed) samples.set(name, [])
  return samples
}

async function oneRound(
  order: readonly string[],
  slices: number,
  job: Omit<Job, 'peer'>,
  one: Measuring | undefined,
): Promise<Map<string, Sample | undefined>> {
  const ready = new Map<string, Measuring>()
  const taken = new Map<string, Sample[]>(order.map((name) => [name, []]))
  const take = async (name: string, measuring: Measuring, plan: LoadPlan, into: Sample[]): Promise<void> => {
    try {
      into.push(await measuring.measure({ ...job, peer: name, plan }))
    } catch (error) {
      console.error(error)
      ready.delete(name)
      taken.delete(name)
      if (one === undefined) measuring.stop()
    }
  }
  try {
    for (const name of order) {
      const measuring = one ?? startMeasuring()
      ready.set(name, measuring)
      await take(name, measuring, { ...job.plan, measureMs: 1 }, [])
    }
    for (let slice = 0; slice < slices; slice++) {
      for (const [name, measuring] of ready) {
        await take(name, measuring, { ...job.plan, warmUp: refill }, taken.get(name) ?? [])
      }
    }
  } finally {
    if (one === undefined) for (const measuring of ready.values()) measuring.stop()
  }
  return new Map(order.map((name) => [name, medianOf(taken.get(name))]))
}

function medianOf(samples: readonly Sample[] | undefined): Sample | undefined {
  if (samples === undefined) return undefined
  return {
    calls: samples.reduce((sum, { calls }) => sum + calls, 0),
    perSecond: median(samples.map(({ perSecond }) => perSecond)),
    cpuMicros: median(samples.map(({ cpuMicros }) => cpuMicros)),
  }
}
