import { parseArgs } from 'node:util'

export interface BenchOptions {
  readonly scenarios: readonly string[]
  readonly peers: readonly string[]
  readonly rounds: number
  readonly quick: boolean
  readonly isolate: boolean
}

export function readOptions(args: string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    allowNegative: true,
    options: {
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      isolate: { type: 'boolean', default: true },
      peers: { type: 'string', default: '' },
    },
  })
  const { quick, isolate, peers } = values
  const rounds = Number(values.rounds ?? (quick ? 3 : 5))
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 100)
    throw new Error('--rounds takes a whole number from 1 to 100')
  return { scenarios: positionals, peers: peers.split(',').filter(Boolean), rounds, quick, isolate }
}
