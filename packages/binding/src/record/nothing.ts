import { BodyError } from '@halyard/core'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { describeSource, type Source } from '../reading/source.ts'
import type { Schema } from './schema.ts'

/**
 * What a schema makes of a response without a body (204, 205, 304, an answer to HEAD, an empty 200): of `undefined`
 * if it takes that, else of `null`. A promise only where the schema is asynchronous.
 * @throws BodyError with code `no-content` where it takes neither.
 */
export function bindNothing<Output>(schema: Schema<Output>, source: Source): Output | Promise<Output> {
  const standard = schema['~standard']
  const absent = standard.validate(undefined)
  if (absent instanceof Promise)
    return absent.then(async (result) => outputOf(result, await nil(schema, result), source))
  const empty = nil(schema, absent)
  return empty instanceof Promise
    ? empty.then((result) => outputOf(absent, result, source))
    : outputOf(absent, empty, source)
}

type Result<Output> = StandardSchemaV1.Result<Output>

/** Asks about `null` only where `undefined` was refused. */
function nil<Output>(schema: Schema<Output>, absent: Result<Output>): Result<Output> | Promise<Result<Output>> {
  return absent.issues === undefined ? absent : schema['~standard'].validate(null)
}

function outputOf<Output>(absent: Result<Output>, empty: Result<Output>, source: Source): Output {
  if (absent.issues === undefined) return absent.value
  if (empty.issues === undefined) return empty.value
  const { target } = source
  throw new BodyError(`${target}: ${describeSource(source)} has no body, and the schema wants one`, {
    code: 'no-content',
    sent: 'yes',
    target,
  })
}
