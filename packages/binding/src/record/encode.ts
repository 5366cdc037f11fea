import { BodyError, ConfigError, ValidationError } from '@halyard/core'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { validate } from './bind.ts'
import { bareIssues } from './issues.ts'
import { originalOf } from './schema-shape.ts'
import { isSchema, type Schema } from './schema.ts'

/**
 * What is sent for a value: with a schema of zod 4 (or `zod/mini`) the value is encoded, so that its codecs turn dates
 * and big integers into what the other side reads; with any other schema it is validated, and what that makes of it
 * is sent. A promise only where the schema is asynchronous, or a codec throws.
 * @throws ValidationError at `request` where the value does not fit; BodyError with code `encode` where the schema has
 * a transformation of one direction (`z.transform`: use a codec), or where a codec throws; ConfigError for a schema that
 * is none.
 */
export function encodeBySchema(schema: Schema, value: unknown): unknown {
  if (!isSchema(schema)) throw new ConfigError({ option: 'schema', value: schema, expected: 'a Standard Schema' })
  const original = originalOf(schema)
  const failure = (issues: readonly StandardSchemaV1.Issue[]): Error =>
    new ValidationError({ issues: bareIssues(issues, value, 0), at: 'request', target: '' })
  if (isZod(original)) return encodeByZod(original, value, failure)
  return validate(schema, value, failure)
}

type Failure = (issues: readonly StandardSchemaV1.Issue[]) => Error

interface ZodResult {
  readonly success: boolean
  readonly data?: unknown
  readonly error?: { readonly issues: readonly StandardSchemaV1.Issue[] }
}

type Parse = (value: unknown, context?: { readonly direction: 'backward' }) => unknown

/** What schemas of zod 4 have; those of `zod/mini` have no methods for encoding, but take its direction. */
interface ZodSchema {
  readonly safeParse: Parse
  readonly safeParseAsync: Parse
  readonly safeEncode?: (value: unknown) => unknown
  readonly safeEncodeAsync?: (value: unknown) => unknown
}

function isZod(schema: object): schema is ZodSchema {
  if (!('_zod' in schema) || !('safeParse' in schema) || !('safeParseAsync' in schema)) return false
  return typeof schema.safeParse === 'function' && typeof schema.safeParseAsync === 'function'
}

const backward = { direction: 'backward' } as const

function encodeByZod(schema: ZodSchema, value: unknown, failure: Failure): unknown {
  try {
    return outputOf(schema.safeEncode?.(value) ?? schema.safeParse(value, backward), failure)
  } catch (error) {
    if (error instanceof ValidationError || isOneWay(error)) throw readable(error)
    // Whatever else it threw may come of a promise that it did not expect, as zod's own `validate` takes it.
  }
  return encodeAsync(schema, value, failure)
}

async function encodeAsync(schema: ZodSchema, value: unknown, failure: Failure): Promise<unknown> {
  try {
    return outputOf(await (schema.safeEncodeAsync?.(value) ?? schema.safeParseAsync(value, backward)), failure)
  } catch (error) {
    throw readable(error)
  }
}

function outputOf(result: unknown, failure: Failure): unknown {
  if (!isResult(result)) throw notEncoded('the schema gave no result')
  if (!result.success) throw failure(result.error?.issues ?? [])
  return result.data
}

function isResult(value: unknown): value is ZodResult {
  return typeof value === 'object' && value !== null && 'success' in value
}

/** zod's way to say that it met a transformation without a way back. */
function isOneWay(error: unknown): boolean {
  return error instanceof Error && error.name === 'ZodEncodeError'
}

function readable(error: unknown): unknown {
  if (error instanceof ValidationError || error instanceof BodyError) return error
  if (isOneWay(error)) {
    return notEncoded('its schema has a transformation of one direction; a codec (z.codec) has both', error)
  }
  return notEncoded('a codec of its schema failed', error)
}

function notEncoded(words: string, cause?: unknown): BodyError {
  const message = `the request body cannot be encoded: ${words}`
  return new BodyError(message, { code: 'encode', sent: 'no', target: '', cause })
}
