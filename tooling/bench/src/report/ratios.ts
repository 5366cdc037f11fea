import type { Sample } from '../load/load.ts'
import type { Rounds } from '../load/rounds.ts'
import { median } from './median.ts'

/** One client against another: per round, then the median of the rounds. */
export interface Ratio {
  readonly perSecond: number
  readonly cpu: number
  /** Lowest and highest `perSecond` of a round. */
  readonly spread: readonly [number, number]
}

export function ratioOf(rounds: Rounds, name: string, other: string): Ratio {
  const speed = each(rounds, name, other, ({ perSecond }) => perSecond)
  const cpu = each(rounds, name, other, ({ cpuMicros }) => cpuMicros)
  return { perSecond: median(speed), cpu: median(cpu), spread: [Math.min(...speed), Math.max(...speed)] }
}

function each(rounds: Rounds, name: string, other: string, value: (sample: Sample) => number): number[] {
  const others = rounds.get(other) ?? []
  return (rounds.get(name) ?? []).flatMap((own, round) => {
    const peer = others[round]
    return peer === undefined ? [] : [value(own) / value(peer)]
  })
}
