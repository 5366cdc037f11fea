export { basic } from './basic.ts'
