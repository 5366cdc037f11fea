import { bindingScenario } from './binding-scenario.ts'
import { httpScenarios } from './http-scenarios.ts'
import { importScenario } from './import-scenario.ts'
import { multipartScenario } from './multipart-scenario.ts'
import { saveScenario } from './save-scenario.ts'
import type { Scenario } from './scenario.ts'
import { streamScenario } from './stream-scenario.ts'

export const scenarios: readonly Scenario[] = [
  ...httpScenarios,
  streamScenario('download'),
  streamScenario('upload'),
  saveScenario,
  multipartScenario,
  bindingScenario,
  importScenario,
]
