import type { HttpRequest } from '@halyard/core'
import type { Strategy } from '../balance-options.ts'
import { Chance } from './chance.ts'
import { ConsistentHash } from './consistent-hash.ts'
import { LeastPending } from './least-pending.ts'
import { Ordered } from './ordered.ts'
import { OwnRule } from './own-rule.ts'
import { P2cEwma } from './p2c-ewma.ts'
import type { Picker } from './picker.ts'
import { RoundRobin } from './round-robin.ts'
import { Weighted } from './weighted.ts'

/** The picker of a strategy. */
export function pickerOf(strategy: Strategy, random: () => number, key: (request: HttpRequest) => string): Picker {
  if (typeof strategy === 'function') return new OwnRule(strategy)
  switch (strategy) {
    case 'round-robin':
      return new RoundRobin()
    case 'weighted':
      return new Weighted()
    case 'random':
      return new Chance(random)
    case 'least-pending':
      return new LeastPending(random)
    case 'p2c-ewma':
      return new P2cEwma(random)
    case 'ordered':
      return new Ordered()
    case 'consistent-hash':
      return new ConsistentHash(key)
  }
}
