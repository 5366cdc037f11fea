export { decodeText } from './decode-text.ts'
export { DecodeError } from '../reading/decode-error.ts'
export type { Place } from '../reading/decode-error.ts'
export type { Source } from '../reading/source.ts'
