import { oneOf } from '@halyard/core/options'

/** Who is served first where calls wait for a permit, and who has to go last. */
export type Priority = 'high' | 'normal' | 'low'

/** Per-call options of the limits. */
export interface LimitCallOptions {
  /** @defaultValue 'normal' */
  readonly priority: Priority
}

/** 0 is served first. */
export type Rank = 0 | 1 | 2

const read = oneOf('high', 'normal', 'low')
const ranks: Readonly<Record<Priority, Rank>> = { high: 0, normal: 1, low: 2 }

/** What a call says of its priority. @throws ConfigError */
export function rankOf(options: Readonly<Record<string, unknown>>): Rank {
  // What a polluted prototype adds is no option.
  if (options['priority'] === undefined || !Object.hasOwn(options, 'priority')) return ranks.normal
  return ranks[read(options['priority'], 'priority')]
}
