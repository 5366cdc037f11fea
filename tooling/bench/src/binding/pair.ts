import { median } from '../report/median.ts'

/** The same work done by us and by what we are compared with. */
export interface Pair {
  readonly name: string
  readonly reference: string
  readonly ours: () => unknown
  readonly theirs: () => unknown
}

export interface PairResult {
  readonly oursUs: number
  readonly theirsUs: number
  /** Ours by theirs, the median of the rounds. */
  readonly ratio: number
}

/** Measures both in turns, many short slices of each, so that what else the machine does meets them alike. */
export function comparePair(pair: Pair, rounds: number, sliceMs: number): PairResult {
  // Until both are compiled for good.
  slice(pair.ours, 300)
  slice(pair.theirs, 300)
  const ours: number[] = []
  const theirs: number[] = []
  for (let round = 0; round < rounds; round++) {
    // Whoever is first pays for the other's garbage: in turns.
    if (round % 2 === 0) ours.push(slice(pair.ours, sliceMs))
    theirs.push(slice(pair.theirs, sliceMs))
    if (round % 2 === 1) ours.push(slice(pair.ours, sliceMs))
  }
  return {
    oursUs: median(ours),
    theirsUs: median(theirs),
    ratio: median(ours.map((one, round) => one / (theirs[round] ?? Number.NaN))),
  }
}

/** Microseconds of one run, over as many as fit into the time. */
function slice(work: () => unknown, forMs: number): number {
  const startedAt = performance.now()
  let runs = 0
  let now = startedAt
  while (now - startedAt < forMs) {
    for (let run = 0; run < 4; run++) work()
    runs += 4
    now = performance.now()
  }
  return ((now - startedAt) / runs) * 1_000
}
