/** Tools for checking configuration: what each package's factories use. */
export { nearest } from './options/nearest.ts'
export type { Given, OptionSpec, Range, SpecTable } from './options/option-spec.ts'
export {
  boolean,
  durationMs,
  guarded,
  integer,
  number,
  oneOf,
  optionObject,
  orFalse,
  string,
  unknownOption,
} from './options/option-spec.ts'
