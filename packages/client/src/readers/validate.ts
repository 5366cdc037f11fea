import { ValidationError, type ValidationFacts, type ValidationIssue } from '@halyard/core'
import type { StandardSchemaV1 } from '@standard-schema/spec'

/** Any Standard Schema: zod, valibot, arktype and others. */
export type Schema<Output = unknown> = StandardSchemaV1<unknown, Output>

/**
 * Validates `value`; the result is a promise only where the schema is asynchronous.
 * @throws ValidationError
 */
export function validate<Output>(
  schema: StandardSchemaV1<unknown, Output>,
  value: unknown,
  facts: () => Omit<ValidationFacts, 'issues'>,
): Output | Promise<Output> {
  const result = schema['~standard'].validate(value)
  return result instanceof Promise ? result.then((settled) => output(settled, facts)) : output(result, facts)
}

function output<Output>(result: StandardSchemaV1.Result<Output>, facts: () => Omit<ValidationFacts, 'issues'>): Output {
  if (result.issues !== undefined) throw new ValidationError({ ...facts(), issues: result.issues.map(bare) })
  return result.value
}

/** Message and path alone: some libraries keep the whole input on their issues, and errors are logged. */
function bare({ message, path }: StandardSchemaV1.Issue): ValidationIssue {
  if (path === undefined) return { message }
  return { message, path: Array.from(path, (part) => (typeof part === 'object' ? part.key : part)) }
}

/** Whether the schema takes `undefined`; asked before an empty body is refused. */
export async function acceptsNothing<Output>(
  schema: StandardSchemaV1<unknown, Output>,
): Promise<{ value: Output } | undefined> {
  const result = await schema['~standard'].validate(undefined)
  return result.issues === undefined ? { value: result.value } : undefined
}
