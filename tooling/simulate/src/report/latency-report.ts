import type { Latencies } from '../measure/latencies.ts'
import { draw, type Line } from '../plot/chart.ts'
import { logarithmic, nines, quantiles } from '../plot/scale.ts'
import { table } from './table.ts'

export interface LatencyLine {
  readonly name: string
  readonly color: string
  readonly latencies: Latencies
  /** The last column. */
  readonly note: string
}

/** Latency by quantile, both axes stretched so that the slow calls can be seen. */
export function latencyChart(title: string, lines: readonly LatencyLine[]): string {
  const slowest = Math.max(...lines.map(({ latencies }) => latencies.at(0.9999)))
  return draw({
    title,
    x: nines('share of the calls that are faster'),
    y: logarithmic('milliseconds', [100, 200, 500, 1000, 2000, 5000].find((top) => top >= slowest) ?? 10_000),
    lines: lines.map(({ name, color, latencies }): Line => ({
      name,
      color,
      points: quantiles.map((quantile) => [quantile, latencies.at(quantile)]),
    })),
  })
}

export function latencyTable(about: string, note: string, lines: readonly LatencyLine[]): string {
  const shown = [0.5, 0.99, 0.999]
  const rows = lines.map((line) => [
    line.name,
    ...shown.map((quantile) => `${line.latencies.at(quantile).toFixed(1)} ms`),
    line.note,
  ])
  return table([[about, 'p50', 'p99', 'p99.9', note], ...rows])
}
