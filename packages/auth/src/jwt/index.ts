export type { JwtAlgorithm } from './algorithm.ts'
export { jwt } from './jwt.ts'
export type { JwtOptions } from './jwt-options.ts'
export type { JwtKey, JwtWebKey } from './jwt-key.ts'
