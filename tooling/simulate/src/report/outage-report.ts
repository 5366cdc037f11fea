import { colors, draw, type Line } from '../plot/chart.ts'
import { linear } from '../plot/scale.ts'
import type { OutageRun, OutageSettings } from '../scenarios/outage.ts'
import { table } from './table.ts'

/** What a run comes to. */
export interface OutageFigures {
  /** Requests for each call, while the server hangs. */
  readonly loadRatio: number
  /** The most requests in a second. */
  readonly peak: number
  /** Seconds from the end of the outage until calls work again, and go on doing so; `undefined`: they do not. */
  readonly backAfter: number | undefined
  /** The share of the calls well before the outage that did not work. */
  readonly lostBefore: number
  /** Calls that did not work, from then on. */
  readonly lost: number
  readonly wasted: number
}

/** Calls work when nine in ten do, over five seconds. */
const worksRatio = 0.9
const stretch = 5

export function outageFigures(run: OutageRun, settings: OutageSettings): OutageFigures {
  const { calls, load, goodput, lost, wasted } = run
  const { seconds } = settings
  const [from, to] = [Math.floor(settings.outage.fromMs / 1000), Math.ceil(settings.outage.toMs / 1000)]
  // Calls that begin right before it end in it.
  const calm = from - 5
  let works: number | undefined
  // From the end on: it has to go on until then. The last seconds hold calls that are under way.
  for (let second = seconds - stretch; second >= to; second -= 1) {
    if (goodput.mean(second, second + stretch) < worksRatio * calls.mean(second, second + stretch)) break
    works = second
  }
  return {
    loadRatio: load.mean(from, to) / calls.mean(from, to),
    peak: load.max(0, seconds),
    backAfter: works === undefined ? undefined : works - to,
    lostBefore: sum(lost.counts.slice(0, calm)) / sum(calls.counts.slice(0, calm)),
    lost: sum(lost.counts.slice(calm)),
    wasted,
  }
}

export function outageTable(runs: readonly OutageRun[], settings: OutageSettings): string {
  const head = [
    'Clients',
    'Lost before it',
    'Requests per call, in it',
    'Peak, requests/s',
    'Works again after',
    'Lost from then on',
    'Work wasted',
  ]
  const { seconds } = settings
  const to = Math.ceil(settings.outage.toMs / 1000)
  const rows = runs.map((run) => {
    const { loadRatio, peak, backAfter, lostBefore, lost, wasted } = outageFigures(run, settings)
    const back = backAfter === undefined ? `not in ${seconds - to} s` : `${backAfter} s`
    const [before, share] = [`${(lostBefore * 100).toFixed(2)}%`, `${(wasted * 100).toFixed(0)}%`]
    return [run.policy, before, loadRatio.toFixed(2), String(peak), back, String(lost), share]
  })
  return table([head, ...rows])
}

const styles = [
  { color: colors.grey, width: 6 },
  { color: colors.red },
  { color: colors.blue, dashes: '6 3' },
  { color: colors.green },
] as const

/** Two charts: what the server is asked, and what comes of it. */
export function outageCharts(runs: readonly OutageRun[], settings: OutageSettings): { load: string; goodput: string } {
  const { outage, seconds } = settings
  const band = { from: outage.fromMs / 1000, to: outage.toMs / 1000, label: 'the server hangs' }
  const x = linear('seconds', seconds, 15)
  const chart = (title: string, unit: string, most: number, of: (run: OutageRun) => readonly number[]): string => {
    const lines = runs.map((run, index): Line => ({
      name: run.policy,
      ...(styles[index] ?? styles[0]),
      points: of(run).map((count, second) => [second + 0.5, count]),
    }))
    const step = stepOf(most)
    const top = Math.ceil((most * 1.05) / step) * step
    return draw({ title, x, y: linear(unit, top, step), lines, band })
  }
  const most = Math.max(...runs.map(({ load }) => load.max(0, seconds)))
  const mostGood = Math.max(...runs.map(({ goodput }) => goodput.max(0, seconds)))
  return {
    load: chart('Load: what the server is asked', 'requests per second', most, ({ load }) => load.counts),
    goodput: chart('Goodput: calls that worked', 'calls per second', mostGood, ({ goodput }) => goodput.counts),
  }
}

/** So that an axis has eight steps at most. */
function stepOf(most: number): number {
  return [10, 20, 50, 100, 200, 500, 1000, 2000].find((step) => most * 1.05 <= 8 * step) ?? 5000
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}
