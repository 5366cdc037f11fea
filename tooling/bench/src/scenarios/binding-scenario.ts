import { comparePair } from '../binding/pair.ts'
import { pairs } from '../binding/pairs.ts'
import { table } from '../report/table.ts'
import type { Scenario } from './scenario.ts'

/** Most that ours may take, by the reference's time. */
const limits: readonly number[] = [1.05, 1.3]

/** What decoding and binding cost beside the parsers and schemas that they stand on or replace. */
export const bindingScenario: Scenario = {
  name: 'binding',
  about: 'decoding and binding of a body that is here',
  run: ({ quick }) => {
    const results = pairs.map((pair) => ({ pair, result: comparePair(pair, quick ? 20 : 60, 50) }))
    const rows = results.map(({ pair, result }) => [
      pair.name,
      result.oursUs.toFixed(1),
      pair.reference,
      result.theirsUs.toFixed(1),
      result.ratio.toFixed(2),
    ])
    return Promise.resolve({
      table: table(['work', 'us', 'reference', 'us', 'time x'], rows),
      goals: results.map(({ pair, result }, index) => ({
        what: `time of ${pair.reference}`,
        value: result.ratio,
        atMost: limits[index] ?? 1,
      })),
    })
  },
}
