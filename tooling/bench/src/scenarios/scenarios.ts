import { httpScenarios } from './http-scenarios.ts'
import type { Scenario } from './scenario.ts'

export const scenarios: readonly Scenario[] = [...httpScenarios]
