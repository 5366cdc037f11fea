import { colors } from './plot/chart.ts'
import { latencyChart, latencyTable, type LatencyLine } from './report/latency-report.ts'
import { outageCharts, outageTable } from './report/outage-report.ts'
import { runBalancing, type BalancingSettings } from './scenarios/balancing.ts'
import { runHedging, type HedgingSettings } from './scenarios/hedging.ts'
import { runOutage, type OutageRun, type OutageSettings, type Policy } from './scenarios/outage.ts'
import { naiveRetry, noRetry, ours, oursInRow, oursQuick, oursSmall, parts } from './scenarios/policies.ts'

/** What is written down: files by name, and tables by title. */
export interface Figures {
  readonly files: Readonly<Record<string, string>>
  readonly tables: readonly { readonly title: string; readonly table: string }[]
}

export async function outageFigures(settings: OutageSettings): Promise<Figures> {
  const shown = await runAll([noRetry, naiveRetry, ours, oursQuick], settings)
  const others = await runAll([oursSmall, oursInRow, ...parts], settings)
  // Each user alone: nobody learns from the failures of another.
  const alone = { ...settings, instances: settings.users }
  const lonely = await runAll([noRetry, naiveRetry, ours, oursQuick, oursInRow], alone)
  const { load, goodput } = outageCharts(shown, settings)
  return {
    files: { 'outage-load.svg': load, 'outage-goodput.svg': goodput },
    tables: [
      { title: `An outage, ${settings.instances} clients`, table: outageTable([...shown, ...others], settings) },
      { title: `The same, each user a client of its own`, table: outageTable(lonely, alone) },
    ],
  }
}

export async function hedgingFigures(settings: HedgingSettings): Promise<Figures> {
  const runs = await runHedging(settings)
  const lines = runs.map(({ name, latencies, load }, index): LatencyLine => ({
    name,
    color: index === 0 ? colors.grey : colors.blue,
    latencies,
    note: `${((load - 1) * 100).toFixed(1)}%`,
  }))
  return {
    files: { 'hedging.svg': latencyChart('Latency, with and without hedging', lines) },
    tables: [{ title: 'Hedging', table: latencyTable('Clients', 'Extra load', lines) }],
  }
}

const balanced = { 'round-robin': colors.grey, 'least-pending': colors.red, 'p2c-ewma': colors.blue } as const

export async function balancingFigures(settings: BalancingSettings): Promise<Figures> {
  const lines: LatencyLine[] = []
  for (const strategy of ['round-robin', 'least-pending', 'p2c-ewma'] as const) {
    const { latencies, slowShare } = await runBalancing(strategy, settings)
    lines.push({ name: strategy, color: balanced[strategy], latencies, note: `${(slowShare * 100).toFixed(1)}%` })
  }
  return {
    files: { 'balancing.svg': latencyChart('Latency, one backend of five ten times slower', lines) },
    tables: [{ title: 'Balancing', table: latencyTable('Strategy', 'To the slow backend', lines) }],
  }
}

async function runAll(policies: readonly Policy[], settings: OutageSettings): Promise<OutageRun[]> {
  const runs: OutageRun[] = []
  for (const policy of policies) runs.push(await runOutage(policy, settings))
  return runs
}
