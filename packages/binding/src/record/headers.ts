import { ValidationError, type HeaderList, type ValidationFacts } from '@halyard/core'
import type { BindingOptions } from '../reading/binding-options.ts'
import type { Source } from '../reading/source.ts'
import { bind } from './bind.ts'
import { objectOfAny } from './shape-algebra.ts'
import { shapeOf } from './schema-shape.ts'
import type { Schema } from './schema.ts'
import { takesScalar, type Shape } from './shape.ts'
import { set } from './walk-shape.ts'

/** A header that the schema requires did not come. */
export class MissingHeaderError extends ValidationError {
  /** The name as the schema spells it. */
  readonly header: string

  constructor(header: string, facts: ValidationFacts) {
    super(facts)
    this.header = header
  }

  override get name(): string {
    return 'MissingHeaderError'
  }
}

/**
 * Binds headers to a schema of a record: names match in any case, and the result has them as the schema spells them.
 * Of a field that came several times the first value counts, and all where the schema wants a list, which one value
 * makes too; lists in one value, with commas, are not split. Numbers and booleans are converted as the schema says.
 * Headers that the schema does not name are in lower case, and no fault of a closed record.
 *
 * A schema that does not say what it takes (see {@link shapeOf}) gets the first value of each header, by its name in
 * lower case.
 *
 * @throws MissingHeaderError, ValidationError
 */
export function bindHeaders<Output>(
  schema: Schema<Output>,
  headers: HeaderList,
  source: Source,
  options: BindingOptions = {},
): Output | Promise<Output> {
  const record = recordOf(headers, shapeOf(schema))
  try {
    const bound = bind(schema, record, source, { ...options, format: 'headers', at: 'headers' })
    if (!(bound instanceof Promise)) return bound
    return bound.catch((error: unknown) => {
      throw missing(error, record)
    })
  } catch (error) {
    throw missing(error, record)
  }
}

function recordOf(headers: HeaderList, shape: Shape | undefined): Record<string, unknown> {
  const record: Record<string, unknown> = {}
  const object = shape === undefined ? undefined : objectOfAny(shape.objects)
  const named = new Set<string>()
  for (const [name, field] of object?.fields ?? []) {
    named.add(name.toLowerCase())
    const values = headers.getAll(name)
    if (values.length > 0) set(record, name, valueOf(values, field.shape.get()))
  }
  if (object !== undefined && object.rest === undefined && object.patterns.length === 0) return record
  const rest = object?.rest?.get()
  for (const [name] of headers) {
    const lower = name.toLowerCase()
    if (named.has(lower)) continue
    named.add(lower)
    const pattern = object?.patterns.find((one) => one.pattern.test(lower))
    if (object !== undefined && object.rest === undefined && pattern === undefined) continue
    set(record, lower, valueOf(headers.getAll(name), pattern?.shape.get() ?? rest))
  }
  return record
}

function valueOf(values: readonly string[], shape: Shape | undefined): unknown {
  const wantsList = shape !== undefined && shape.arrays.length > 0 && (values.length > 1 || !takesScalar(shape))
  return wantsList ? values.slice() : values[0]
}

/** The same failure, as one of a missing header if that is what it is. */
function missing(error: unknown, record: Readonly<Record<string, unknown>>): unknown {
  if (!(error instanceof ValidationError)) return error
  const names = new Set<string>()
  const issues = error.issues.map((issue) => {
    const [name] = issue.path ?? []
    if (issue.path?.length !== 1 || typeof name !== 'string' || Object.hasOwn(record, name)) return issue
    names.add(name)
    return { message: 'the header is missing', path: issue.path }
  })
  const [first] = names
  if (first === undefined) return error
  const { at, target, status, mediaType, part } = error
  return new MissingHeaderError(first, { issues, at, target, status, mediaType, part })
}
