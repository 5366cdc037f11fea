import type { Rounds } from '../load/rounds.ts'
import { median } from './median.ts'
import { ratioOf } from './ratios.ts'
import { table } from './table.ts'

/** Medians of each client, and what `subject` is to it. */
export function httpTable(rounds: Rounds, subject: string): string {
  const rows = Array.from(rounds, ([name, samples]) => {
    if (samples.length === 0) return [name, 'failed', '', '', '', '']
    const { perSecond, cpu, spread } = ratioOf(rounds, subject, name)
    return [
      name,
      median(samples.map((sample) => sample.perSecond)).toFixed(0),
      median(samples.map((sample) => sample.cpuMicros)).toFixed(1),
      ...(name === subject || Number.isNaN(perSecond)
        ? ['', '', '']
        : [perSecond.toFixed(2), cpu.toFixed(2), spread.map((end) => end.toFixed(2)).join('-')]),
    ]
  })
  return table(['client', 'req/s', 'us CPU/req', `${subject}: req/s x`, 'CPU x', 'req/s x, lowest-highest'], rows)
}
