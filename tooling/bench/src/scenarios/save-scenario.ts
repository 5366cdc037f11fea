import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { BenchOptions } from '../options.ts'
import { median } from '../report/median.ts'
import { table } from '../report/table.ts'
import { startStreamServer } from '../servers/start-server.ts'
import type { StreamSample } from '../streams/stream-worker.ts'
import type { Report, Scenario } from './scenario.ts'
import { transferOnce } from './stream-scenario.ts'

const OURS = 'halyard, saveTo'
const UNDICI = 'undici + pipeline'
const CURL = 'curl'
const peers: readonly string[] = [OURS, 'halyard, resumable', UNDICI, CURL]

/** 1 GiB into a file. The processor time and memory of curl are its own, and not shown. */
export const saveScenario: Scenario = { name: 'save-1g', about: 'download of 1 GiB into a file', run }

async function run({ rounds, quick }: BenchOptions): Promise<Report> {
  const server = await startStreamServer()
  const folder = await mkdtemp(path.join(tmpdir(), 'halyard-bench-'))
  try {
    const job = { origin: `http://127.0.0.1:${server.port}`, folder, bytes: quick ? 2 ** 28 : 2 ** 30 }
    const samples = new Map<string, StreamSample[]>(peers.map((peer) => [peer, []]))
    for (let round = 0; round < rounds; round++) {
      // Each is the first in its turn: who writes after another finds memory that was just let go.
      for (let at = 0; at < peers.length; at++) {
        const peer = peers[(at + round) % peers.length] ?? OURS
        samples.get(peer)?.push(await transferOnce({ ...job, direction: 'download', peer }))
      }
    }
    return report(samples)
  } finally {
    server.stop()
    await rm(folder, { recursive: true })
  }
}

function report(samples: ReadonlyMap<string, readonly StreamSample[]>): Report {
  const of = (peer: string): readonly StreamSample[] => samples.get(peer) ?? []
  const speed = (peer: string): number => median(of(peer).map(({ mibPerSecond }) => mibPerSecond))
  const rows = peers.map((peer) => [
    peer,
    speed(peer).toFixed(0),
    peer === CURL ? '' : median(of(peer).map(({ cpuMicros }) => cpuMicros)).toFixed(0),
    peer === CURL ? '' : Math.max(...of(peer).map(({ growth }) => growth)).toFixed(0),
    peer === OURS ? '' : (speed(OURS) / speed(peer)).toFixed(2),
  ])
  return {
    table: table(['client', 'MiB/s', 'us CPU/MiB', 'growth MiB, highest', 'saveTo: MiB/s x'], rows),
    goals: [
      { what: `throughput of ${UNDICI}`, value: speed(OURS) / speed(UNDICI), atLeast: 2.2 },
      { what: `throughput of ${CURL}`, value: speed(OURS) / speed(CURL), atLeast: 1.2 },
    ],
  }
}
