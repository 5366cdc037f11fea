import path from 'node:path'
import { startChild } from '../load/child.ts'
import type { BenchOptions } from '../options.ts'
import { median } from '../report/median.ts'
import { table } from '../report/table.ts'
import { startStreamServer } from '../servers/start-server.ts'
import type { StreamJob, StreamSample } from '../streams/stream-worker.ts'
import type { Direction } from '../streams/transfer.ts'
import type { Report, Scenario } from './scenario.ts'

const HALYARD = 'halyard'
const UNDICI = 'undici.request'
const worker = path.join(import.meta.dirname, '../streams/stream-worker.ts')

/** 1 GiB through a stream, one after the other, each in a process of its own. */
export function streamScenario(direction: Direction): Scenario {
  return {
    name: `${direction}-1g`,
    about: `${direction} of 1 GiB as a stream`,
    run: (options) => run(direction, options),
  }
}

async function run(direction: Direction, { rounds, quick }: BenchOptions): Promise<Report> {
  const server = await startStreamServer()
  try {
    const job = { origin: `http://127.0.0.1:${server.port}`, direction, folder: '', bytes: quick ? 2 ** 28 : 2 ** 30 }
    const samples = new Map<string, StreamSample[]>([
      [HALYARD, []],
      [UNDICI, []],
    ])
    for (let round = 0; round < rounds; round++) {
      const order = round % 2 === 0 ? [HALYARD, UNDICI] : [UNDICI, HALYARD]
      for (const peer of order) samples.get(peer)?.push(await transferOnce({ ...job, peer }))
    }
    return report(samples)
  } finally {
    server.stop()
  }
}

/** One transfer, in a process of its own. */
export async function transferOnce(job: StreamJob): Promise<StreamSample> {
  const child = startChild(worker, ['--expose-gc'])
  try {
    return (await child.ask(job, 120_000)) as StreamSample
  } finally {
    child.stop()
  }
}

function report(samples: ReadonlyMap<string, readonly StreamSample[]>): Report {
  const own = samples.get(HALYARD) ?? []
  const others = samples.get(UNDICI) ?? []
  const ratio = (value: (sample: StreamSample) => number): number =>
    median(own.map((sample, round) => value(sample) / value(others[round] ?? sample)))
  const rows = Array.from(samples, ([name, list]) => [
    name,
    median(list.map(({ mibPerSecond }) => mibPerSecond)).toFixed(0),
    median(list.map(({ cpuMicros }) => cpuMicros)).toFixed(0),
    Math.max(...list.map(({ growth }) => growth)).toFixed(0),
    ...(name === HALYARD
      ? ['', '']
      : [ratio((one) => one.mibPerSecond).toFixed(2), ratio((one) => one.cpuMicros).toFixed(2)]),
  ])
  return {
    table: table(['client', 'MiB/s', 'us CPU/MiB', 'growth MiB, highest', 'halyard: MiB/s x', 'CPU x'], rows),
    goals: [
      { what: `throughput of ${UNDICI}`, value: ratio((one) => one.mibPerSecond), atLeast: 0.95 },
      { what: 'growth of memory', value: Math.max(...own.map(({ growth }) => growth)), atMost: 64, unit: ' MiB' },
    ],
  }
}
