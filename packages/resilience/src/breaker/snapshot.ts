import { ConfigError } from '@halyard/core'
import { guarded, integer, number, oneOf, optionObject, type OptionSpec } from '@halyard/core/options'
import type { CircuitSnapshot } from './circuit.ts'
import type { WindowSlice } from './rolling-window.ts'

/** The circuits of a breaker by origin, as plain data: it survives `JSON.stringify`. */
export type BreakerSnapshot = Readonly<Record<string, CircuitSnapshot>>

/** More than any window exports. */
const mostSlices = 1_000_000
const count = integer({ min: 0 })
const ms = number({ min: 0 })
const readSlice = optionObject({ ageMs: ms, calls: count, failures: count, slow: count })
const list = guarded(
  (value): value is readonly unknown[] => Array.isArray(value) && value.length <= mostSlices,
  'a list of slices',
)
const slices: OptionSpec<readonly WindowSlice[]> = (value, option) =>
  list(value, option).map((one, index) => {
    const { ageMs = 0, calls = 0, failures = 0, slow = 0 } = readSlice(one, `${option}[${index}]`)
    if (failures <= calls && slow <= calls) return { ageMs, calls, failures, slow }
    throw new ConfigError({
      option: `${option}[${index}]`,
      value: one,
      expected: 'no more failures or slow calls than calls',
    })
  })
const readCircuit = optionObject({
  state: oneOf('closed', 'open'),
  at: number(),
  leftMs: ms,
  openings: count,
  consecutiveFailures: count,
  window: slices,
})

/** Checks what was exported, perhaps by another process. @throws ConfigError */
export function readSnapshot(value: unknown): ReadonlyMap<string, CircuitSnapshot> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ConfigError({ option: 'state', value, expected: 'what export() gave' })
  const circuits = new Map<string, CircuitSnapshot>()
  for (const [origin, one] of Object.entries(value)) {
    const given = readCircuit(one, `state[${JSON.stringify(origin)}]`)
    circuits.set(origin, {
      state: given.state ?? 'closed',
      at: given.at ?? 0,
      leftMs: given.leftMs ?? 0,
      openings: given.openings ?? 0,
      consecutiveFailures: given.consecutiveFailures ?? 0,
      window: given.window ?? [],
    })
  }
  return circuits
}
