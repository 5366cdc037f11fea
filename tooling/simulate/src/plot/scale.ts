/** From values to places along an axis. */
export interface Scale {
  readonly label: string
  /** From 0 to 1. */
  readonly place: (value: number) => number
  readonly ticks: readonly { readonly value: number; readonly label: string }[]
}

export function linear(label: string, to: number, step: number): Scale {
  const count = Math.floor(to / step) + 1
  const ticks = Array.from({ length: count }, (_, index) => ({ value: index * step, label: String(index * step) }))
  return { label, place: (value) => value / to, ticks }
}

/** From 1, a step for each factor of ten. */
export function logarithmic(label: string, to: number): Scale {
  const decades = Math.log10(to)
  const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000]
  const ticks = steps.filter((value) => value <= to).map((value) => ({ value, label: String(value) }))
  return { label, place: (value) => Math.log10(Math.max(1, value)) / decades, ticks }
}

/** Quantiles from 0 to 0.9999: each nine more has the same room. */
export function nines(label: string): Scale {
  const most = 4
  const names = [
    [0.5, 'p50'],
    [0.9, 'p90'],
    [0.95, 'p95'],
    [0.99, 'p99'],
    [0.999, 'p99.9'],
    [0.9999, 'p99.99'],
  ] as const
  return {
    label,
    place: (quantile) => -Math.log10(1 - quantile) / most,
    ticks: names.map(([value, name]) => ({ value, label: name })),
  }
}

/** Quantiles that make a smooth line on such a scale. */
export const quantiles: readonly number[] = Array.from({ length: 81 }, (_, index) => 1 - 10 ** (-index / 20))
