export { netrc } from './netrc.ts'
