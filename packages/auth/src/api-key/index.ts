export type { ApiKeyOptions } from './api-key.ts'
export { apiKey } from './api-key.ts'
