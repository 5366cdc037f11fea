import type { Rounds } from '../load/rounds.ts'
import { HALYARD } from '../peers/peers.ts'
import { median } from './median.ts'
import { ratioOf } from './ratios.ts'
import { table } from './table.ts'

/** Medians of each client, and what halyard is to it. */
export function httpTable(rounds: Rounds): string {
  const rows = Array.from(rounds, ([name, samples]) => {
    if (samples.length === 0) return [name, 'failed', '', '', '', '']
    const { perSecond, cpu, spread } = ratioOf(rounds, HALYARD, name)
    return [
      name,
      median(samples.map((sample) => sample.perSecond)).toFixed(0),
      median(samples.map((sample) => sample.cpuMicros)).toFixed(1),
      ...(name === HALYARD || Number.isNaN(perSecond)
        ? ['', '', '']
        : [perSecond.toFixed(2), cpu.toFixed(2), spread.map((end) => end.toFixed(2)).join('-')]),
    ]
  })
  return table(['client', 'req/s', 'us CPU/req', 'halyard: req/s x', 'CPU x', 'req/s x, lowest-highest'], rows)
}
