// One long transfer by one client, in a process of its own: how fast, and how far its memory grew.
import process from 'node:process'
import { answerJobs } from '../load/answer.ts'
import { WARM_UP, type Direction } from './transfer.ts'
import { transfers } from './transfers.ts'

export interface StreamJob {
  readonly peer: string
  readonly origin: string
  readonly direction: Direction
  readonly bytes: number
  /** Where files are; `''` for those that need none. */
  readonly folder: string
}

export interface StreamSample {
  readonly mibPerSecond: number
  /** User and system time of this process for each MiB, microseconds. */
  readonly cpuMicros: number
  /** Peak RSS less RSS before, MiB. */
  readonly growth: number
}

const MIB = 1_048_576

async function run({ peer, origin, direction, bytes, folder }: StreamJob): Promise<StreamSample> {
  const make = transfers[peer]
  if (make === undefined) throw new Error(`no peer ${peer}`)
  const transfer = await make(origin, direction, folder)
  await transfer(WARM_UP)
  globalThis.gc?.()
  const before = process.memoryUsage.rss()
  let peak = before
  const look = (): void => {
    peak = Math.max(peak, process.memoryUsage.rss())
  }
  const sampling = setInterval(look, 20)
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  await transfer(bytes)
  const seconds = (performance.now() - startedAt) / 1000
  const used = process.cpuUsage(cpu)
  look()
  clearInterval(sampling)
  const mib = bytes / MIB
  return { mibPerSecond: mib / seconds, cpuMicros: (used.user + used.system) / mib, growth: (peak - before) / MIB }
}

answerJobs(run)
