import { integer, oneOf } from '@halyard/core/options'
import type { BindingOptions } from '../reading/binding-options.ts'
import { ownOption } from '../reading/own-option.ts'

/** How forms are read; each has a default. */
export interface FormReadOptions extends BindingOptions {
  /** How many fields a form may have, those of one name counted each. Default 10,000. */
  readonly maxFields?: number | undefined
  /** How many characters the name of a field may have. Default 1,000. */
  readonly maxNameLength?: number | undefined
}

/** The options as checked, with their defaults. */
export interface FormRules {
  readonly strictTypes: boolean
  readonly dropKeys: boolean
  readonly excerptBytes: number
  readonly maxBytes: number
  readonly maxFields: number
  readonly maxNameLength: number
}

const mediaTypes = oneOf('lenient', 'strict')
const prototypeKeys = oneOf('error', 'drop')
const count = integer({ min: 0 })

/** Reads what concerns forms of `options`. @throws ConfigError for a value that the option does not take. */
export function formRules(options: FormReadOptions | undefined): FormRules {
  return {
    strictTypes: ownOption(options, 'mediaTypes', mediaTypes) === 'strict',
    dropKeys: ownOption(options, 'prototypeKeys', prototypeKeys) === 'drop',
    excerptBytes: ownOption(options, 'excerptBytes', count) ?? 256,
    maxBytes: ownOption(options, 'maxBytes', count) ?? Infinity,
    maxFields: ownOption(options, 'maxFields', count) ?? 10_000,
    maxNameLength: ownOption(options, 'maxNameLength', count) ?? 1000,
  }
}
