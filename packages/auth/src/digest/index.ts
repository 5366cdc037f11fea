export type { DigestAlgorithm } from './algorithm.ts'
export type { DigestOptions } from './digest.ts'
export { digest } from './digest.ts'
