import { ValidationError } from '@halyard/core'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { BindingOptions } from '../reading/binding-options.ts'
import { givenOption } from './given-option.ts'
import type { Source } from '../reading/source.ts'
import { convertFlat } from './convert-form.ts'
import { convertXml } from './convert-xml.ts'
import { expandKeys } from './form-keys.ts'
import { bareIssues } from './issues.ts'
import { laxly } from './lax.ts'
import { widenIntegers } from './lossless-integers.ts'
import { shapeOf } from './schema-shape.ts'
import type { Schema } from './schema.ts'
import type { Shape } from './shape.ts'

export interface BindOptions extends BindingOptions {
  /** What the value was decoded from. */
  readonly format: 'json' | 'xml' | 'form' | 'headers'
  /** Which part of the response it is, for errors. Default `body`. */
  readonly at?: 'body' | 'headers'
}

/**
 * Binds a decoded value to a schema: converts text by what the schema says about types (not for JSON, which has
 * types), applies lax binding if `lax` is set, and validates. A promise only where the schema is asynchronous.
 *
 * Conversion and lax binding need a schema that says what it takes (see {@link shapeOf}); with any other, text stays
 * text and `lax` does nothing. `validate: false` gives the converted value as it is, whatever the schema would say.
 *
 * @throws ValidationError with paths as `users[3].address.zip`, the status and the media type; its messages are those
 * of the schema, cut to 200 characters, and where they quote more than `excerptBytes` of the payload; those about
 * headers quote nothing. DecodeError for keys of a form that contradict each other.
 */
export function bind<Output>(
  schema: Schema<Output>,
  value: unknown,
  source: Source,
  options: BindOptions & { readonly validate: false },
): unknown
export function bind<Output>(
  schema: Schema<Output>,
  value: unknown,
  source: Source,
  options: BindOptions,
): Output | Promise<Output>
export function bind(schema: Schema, value: unknown, source: Source, options: BindOptions): unknown {
  const ready = prepare(schema, value, source, options)
  if (givenOption(options, 'validate') === false) return ready
  return validate(schema, ready, (issues) => {
    const { target, status, mediaType, part } = source
    const at = givenOption(options, 'at') ?? (options.format === 'headers' ? 'headers' : 'body')
    // No error quotes a header.
    const quotable = at === 'headers' ? 0 : (givenOption(options, 'excerptBytes') ?? 256)
    return new ValidationError({ issues: bareIssues(issues, ready, quotable), at, target, status, mediaType, part })
  })
}

/** Converted and relaxed, but not validated. */
function prepare(schema: Schema, value: unknown, source: Source, options: BindOptions): unknown {
  const { format } = options
  const lax = givenOption(options, 'lax') === true
  if (format === 'json' && !lax && givenOption(options, 'numbers') !== 'lossless') return value
  const shape = shapeOf(schema)
  if (shape === undefined) return value
  const converted = convert(value, shape, source, options, lax)
  return lax ? laxly(converted, shape) : converted
}

function convert(value: unknown, shape: Shape, source: Source, options: BindOptions, lax: boolean): unknown {
  switch (options.format) {
    case 'json':
      return givenOption(options, 'numbers') === 'lossless' ? widenIntegers(value, shape) : value
    case 'xml':
      return convertXml(value, shape, lax)
    case 'form':
      return convertFlat(expandKeys(value, shape, source, options), shape, 'form')
    default:
      return convertFlat(value, shape, 'headers')
  }
}

type Issues = readonly StandardSchemaV1.Issue[]

/** Validates; the failure is made from the issues. A promise only where the schema is asynchronous. */
export function validate<Output>(
  schema: Schema<Output>,
  value: unknown,
  failure: (issues: Issues) => Error,
): Output | Promise<Output> {
  let result: StandardSchemaV1.Result<Output> | Promise<StandardSchemaV1.Result<Output>>
  try {
    result = schema['~standard'].validate(value)
  } catch (error) {
    throw tooDeep(error, failure)
  }
  if (!(result instanceof Promise)) return outputOf(result, failure)
  return result.then(
    (settled) => outputOf(settled, failure),
    (error: unknown) => {
      throw tooDeep(error, failure)
    },
  )
}

function outputOf<Output>(result: StandardSchemaV1.Result<Output>, failure: (issues: Issues) => Error): Output {
  if (result.issues !== undefined) throw failure(result.issues)
  return result.value
}

/** Schema libraries recurse: a payload that nests deeper than the stack does not fit. Other errors stay what they are. */
function tooDeep(error: unknown, failure: (issues: Issues) => Error): unknown {
  const isStack = error instanceof RangeError && error.message.includes('call stack')
  return isStack ? failure([{ message: 'nested too deep' }]) : error
}
