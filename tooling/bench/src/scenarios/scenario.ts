import type { BenchOptions } from '../options.ts'
import type { Goal } from '../report/goal.ts'

export interface Report {
  readonly table: string
  readonly goals: readonly Goal[]
}

export interface Scenario {
  readonly name: string
  readonly about: string
  run(options: BenchOptions): Promise<Report>
}
