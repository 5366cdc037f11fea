export { chaos } from './chaos.ts'
export type { ChaosOptions } from './chaos-options.ts'
export type { Fault } from './fault.ts'
