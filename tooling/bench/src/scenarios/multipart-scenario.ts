import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { BenchOptions } from '../options.ts'
import { median } from '../report/median.ts'
import { table } from '../report/table.ts'
import { startStreamServer } from '../servers/start-server.ts'
import { fileOf } from '../streams/file-transfers.ts'
import type { StreamSample } from '../streams/stream-worker.ts'
import { source, WARM_UP, type Direction } from '../streams/transfer.ts'
import type { Report, Scenario } from './scenario.ts'
import { transferOnce } from './stream-scenario.ts'

const PART = 'halyard, a part'
const BARE = 'halyard, bare'
const AXIOS = 'axios + form-data'

const lanes: readonly { readonly direction: Direction; readonly peers: readonly string[] }[] = [
  { direction: 'upload', peers: [PART, BARE, AXIOS] },
  { direction: 'download', peers: [PART, BARE] },
]

/** A file of 2 GiB sent as part of a form, and a part of 2 GiB saved to disk, beside the same bytes as a bare body. */
export const multipartScenario: Scenario = { name: 'multipart', about: 'a file of 2 GiB as a part of a message', run }

async function run({ rounds, quick }: BenchOptions): Promise<Report> {
  const server = await startStreamServer()
  const folder = await mkdtemp(path.join(tmpdir(), 'halyard-bench-'))
  try {
    const bytes = quick ? 2 ** 29 : 2 ** 31
    for (const size of [WARM_UP, bytes]) await pipeline(source(size), createWriteStream(fileOf(folder, size)))
    const samples = new Map<string, StreamSample[]>()
    const origin = `http://127.0.0.1:${server.port}`
    for (let round = 0; round < rounds; round++) {
      for (const { direction, peers } of lanes) {
        // Each is the first in its turn.
        for (let at = 0; at < peers.length; at++) {
          const peer = peers[(at + round) % peers.length] ?? PART
          const sample = await transferOnce({ origin, direction, folder, bytes, peer })
          const key = `${direction}: ${peer}`
          samples.set(key, [...(samples.get(key) ?? []), sample])
        }
      }
    }
    return report(samples)
  } finally {
    server.stop()
    await rm(folder, { recursive: true })
  }
}

function report(samples: ReadonlyMap<string, readonly StreamSample[]>): Report {
  const of = (direction: Direction, peer: string): readonly StreamSample[] => samples.get(`${direction}: ${peer}`) ?? []
  const ratio = (direction: Direction, peer: string, value: (sample: StreamSample) => number): number => {
    const others = of(direction, peer)
    return median(of(direction, PART).map((sample, round) => value(sample) / value(others[round] ?? sample)))
  }
  const speed = ({ mibPerSecond }: StreamSample): number => mibPerSecond
  const growth = (list: readonly StreamSample[]): number => Math.max(...list.map((sample) => sample.growth))
  const rows = lanes.flatMap(({ direction, peers }) =>
    peers.map((peer) => {
      const list = of(direction, peer)
      const ratios = [ratio(direction, peer, speed), ratio(direction, peer, (sample) => sample.cpuMicros)]
      return [
        `${direction}: ${peer}`,
        median(list.map(speed)).toFixed(0),
        median(list.map(({ cpuMicros }) => cpuMicros)).toFixed(0),
        growth(list).toFixed(0),
        ...ratios.map((one) => (peer === PART ? '' : one.toFixed(2))),
      ]
    }),
  )
  return {
    table: table(['transfer', 'MiB/s', 'us CPU/MiB', 'growth MiB, highest', 'a part: MiB/s x', 'CPU x'], rows),
    goals: [
      { what: 'upload: throughput of the bare stream', value: ratio('upload', BARE, speed), atLeast: 0.9 },
      { what: `upload: throughput of ${AXIOS}`, value: ratio('upload', AXIOS, speed), atLeast: 1.5 },
      { what: 'upload: growth of memory', value: growth(of('upload', PART)), atMost: 64, unit: ' MiB' },
      { what: 'download: throughput of saveTo', value: ratio('download', BARE, speed), atLeast: 0.9 },
      { what: 'download: growth of memory', value: growth(of('download', PART)), atMost: 64, unit: ' MiB' },
    ],
  }
}
