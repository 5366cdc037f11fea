/** How a timeout is written in a header field. */
export type TimeoutFormat = 'ms' | 'grpc'

/** Milliseconds per unit of `grpc-timeout`. */
const units: ReadonlyMap<string, number> = new Map([
  ['H', 3_600_000],
  ['M', 60_000],
  ['S', 1000],
  ['m', 1],
  ['u', 1e-3],
  ['n', 1e-6],
])

/** Whole milliseconds, rounded down: never more than there is. 0 where nothing is left. */
export function formatTimeout(leftMs: number, format: TimeoutFormat): string {
  const whole = Math.max(0, Math.floor(leftMs))
  if (format === 'ms') return String(whole)
  // Its numbers have eight digits at most.
  return whole < 1e8 ? `${whole}m` : `${Math.floor(whole / 1000)}S`
}

/**
 * Milliseconds of a header field: a whole number, or one of eight digits at most with a unit (H, M, S, m, u, n).
 * `undefined` for anything else, or what no timer can hold: that is no limit.
 */
export function parseTimeout(text: string): number | undefined {
  const found = /^(?<amount>\d{1,15})(?<unit>[HMSmun]?)$/.exec(text.trim())?.groups
  if (found === undefined) return undefined
  const { amount = '', unit = '' } = found
  if (unit !== '' && amount.length > 8) return undefined
  const ms = Number(amount) * (unit === '' ? 1 : (units.get(unit) ?? 1))
  return ms < 2 ** 31 ? ms : undefined
}
