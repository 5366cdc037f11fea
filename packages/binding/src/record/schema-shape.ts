import { shapeOfJsonSchema, typeKeyword } from './json-schema-shape.ts'
import type { Schema } from './schema.ts'
import type { Shape } from './shape.ts'

const shapes = new WeakMap<Schema, Shape | undefined>()

/**
 * What a schema takes, read once from its Standard JSON Schema (the input side: what a codec or a transformation
 * starts from). `undefined` where it offers none, or cannot be written as one: then text stays text, and a list of one
 * element cannot be told from that element.
 *
 * zod and arktype offer it. For valibot wrap the schema by `toStandardJsonSchema` of `@valibot/to-json-schema`; for
 * `zod/mini`, and where there is a JSON Schema beside the schema, use {@link withJsonSchema}.
 */
export function shapeOf(schema: Schema): Shape | undefined {
  if (shapes.has(schema)) return shapes.get(schema)
  const json = jsonSchemaOf(schema)
  const shape = json === undefined ? undefined : shapeOfJsonSchema(json)
  shapes.set(schema, shape)
  return shape
}

/**
 * The same schema with a JSON Schema of its input, for libraries that do not offer one.
 *
 * @example
 * ```ts
 * withJsonSchema(Feed, z.toJSONSchema(Feed, { io: 'input', unrepresentable: 'any' })) // a schema of zod/mini
 * ```
 */
export function withJsonSchema<Output>(
  schema: Schema<Output>,
  jsonSchema: Readonly<Record<string, unknown>>,
): Schema<Output> {
  const described: Schema<Output> = { '~standard': schema['~standard'] }
  shapes.set(described, shapeOfJsonSchema(jsonSchema))
  originals.set(described, schema)
  return described
}

const originals = new WeakMap<Schema, Schema>()

/** The schema that {@link withJsonSchema} was given: what its library hangs on it is there. */
export function originalOf(schema: Schema): Schema {
  return originals.get(schema) ?? schema
}

function jsonSchemaOf(schema: Schema): unknown {
  const standard = schema['~standard']
  if (!('jsonSchema' in standard)) return undefined
  const converter = standard.jsonSchema
  if (typeof converter !== 'object' || converter === null || !('input' in converter)) return undefined
  const { input } = converter
  if (typeof input !== 'function') return undefined
  try {
    return input.call(converter, { target: 'draft-2020-12', libraryOptions: libraryOptions(standard.vendor) })
  } catch {
    // The specification lets it throw for what JSON Schema cannot say.
    return undefined
  }
}

/** Types that JSON Schema does not have are marked, and do not make the whole schema fail. */
function libraryOptions(vendor: string): Record<string, unknown> | undefined {
  switch (vendor) {
    case 'zod':
      return { unrepresentable: 'any', override: markZod }
    case 'arktype':
      return { fallback: { domain: markDomain, date: markDate } }
    case 'valibot':
      return { errorMode: 'ignore' }
    default:
      return undefined
  }
}

interface ZodNode {
  readonly zodSchema: { readonly _zod: { readonly def: { readonly type: string } } }
  readonly jsonSchema: Record<string, unknown>
}

function markZod({ zodSchema, jsonSchema }: ZodNode): void {
  const { type } = zodSchema._zod.def
  if (type === 'bigint' || type === 'date') jsonSchema[typeKeyword] = type
}

interface ArkNode {
  readonly base: Readonly<Record<string, unknown>>
}

function markDomain({ base, domain }: ArkNode & { readonly domain?: unknown }): Record<string, unknown> {
  return domain === 'bigint' ? { ...base, [typeKeyword]: 'bigint' } : { ...base }
}

function markDate({ base }: ArkNode): Record<string, unknown> {
  return { ...base, [typeKeyword]: 'date' }
}
