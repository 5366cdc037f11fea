export type { HedgeEvent } from './hedge-event.ts'
export type { HedgeOptions } from './hedge-options.ts'
export { hedge } from './hedge.ts'
