export type { BindingOptions } from '../reading/binding-options.ts'
export { DecodeError } from '../reading/decode-error.ts'
export type { Source } from '../reading/source.ts'
export { bind, type BindOptions } from './bind.ts'
export { recordFormat } from './by-type.ts'
export { encodeBySchema } from './encode.ts'
export { bindHeaders, MissingHeaderError } from './headers.ts'
export type {
  Matched,
  MatchCase,
  MatchCases,
  MatchKey,
  MatchParts,
  MatchResult,
  StatusClass,
  StatusCode,
} from './match-types.ts'
export { checkMediaType, matchStatus, type PickedCase } from './match.ts'
export { acceptFor, formatOf, type Format } from './media.ts'
export { bindNothing } from './nothing.ts'
export { problemOf, type Problem } from './problem.ts'
export { bindRecord, readMatch, readRecord, type RecordReadOptions } from './read-record.ts'
export { withJsonSchema } from './schema-shape.ts'
export type { OutputOf, Schema } from './schema.ts'
