export { bearer } from './bearer.ts'
