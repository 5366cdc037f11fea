import { integer, oneOf } from '@halyard/core/options'
import type { BindingOptions } from '../reading/binding-options.ts'
import { ownOption } from '../reading/own-option.ts'

/** How JSON is read; each has a default. */
export interface JsonReadOptions extends BindingOptions {
  /**
   * With `numbers: 'lossless'`: `text` reads numbers with a fraction or an exponent as the text that was sent, whether
   * a double could hold them or not. Default `number`.
   */
  readonly decimals?: 'number' | 'text' | undefined
}

/** The options as checked, with their defaults. */
export interface JsonRules {
  readonly lossless: boolean
  readonly decimalText: boolean
  readonly strictTypes: boolean
  readonly dropKeys: boolean
  readonly excerptBytes: number
  readonly maxBytes: number
}

const defaults: JsonRules = {
  lossless: false,
  decimalText: false,
  strictTypes: false,
  dropKeys: false,
  excerptBytes: 256,
  maxBytes: Infinity,
}

const numbers = oneOf('double', 'lossless')
const decimals = oneOf('number', 'text')
const mediaTypes = oneOf('lenient', 'strict')
const prototypeKeys = oneOf('error', 'drop')
const bytes = integer({ min: 0 })

/** Reads what concerns JSON of `options`. @throws ConfigError for a value that the option does not take. */
export function jsonRules(options: JsonReadOptions | undefined): JsonRules {
  if (options === undefined) return defaults
  const lossless = ownOption(options, 'numbers', numbers) === 'lossless'
  return {
    lossless,
    decimalText: lossless && ownOption(options, 'decimals', decimals) === 'text',
    strictTypes: ownOption(options, 'mediaTypes', mediaTypes) === 'strict',
    dropKeys: ownOption(options, 'prototypeKeys', prototypeKeys) === 'drop',
    excerptBytes: ownOption(options, 'excerptBytes', bytes) ?? defaults.excerptBytes,
    maxBytes: ownOption(options, 'maxBytes', bytes) ?? defaults.maxBytes,
  }
}
