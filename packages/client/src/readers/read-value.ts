import { decodeForm } from '@halyard/binding/form'
import { decodeJson } from '@halyard/binding/json'
import {
  bind,
  bindHeaders,
  bindNothing,
  bindRecord,
  type RecordReadOptions,
  type Schema,
  type Source,
} from '@halyard/binding/record'
import { ConfigError, type HeaderList } from '@halyard/core'
import { integer, oneOf, optionObject, string } from '@halyard/core/options'
import { schemaOption } from '../config/binding-config.ts'
import type { ReaderOptions } from './value-readers.ts'

/** What a reader makes of a whole body. */
export type ValueFormat = 'json' | 'xml' | 'form' | 'record'

const noOptions: RecordReadOptions = Object.freeze(Object.create(null))
const asJson = { format: 'json' } as const

/**
 * The value of a whole body, and of the headers where a schema is given for them. A promise only where something of it
 * is asynchronous: a schema, or XML, whose code is loaded when it is needed.
 */
export function readValue(
  format: ValueFormat,
  bytes: Uint8Array,
  source: Source,
  headers: HeaderList,
  schema: Schema | undefined,
  binding: RecordReadOptions | undefined,
  options: ReaderOptions | undefined,
): unknown {
  if (schema !== undefined) schemaOption(schema, 'schema')
  if (options === undefined) return bodyValue(format, bytes, source, schema, binding)
  const { headers: headerSchema, ...own } = ownOptions(options)
  const merged: RecordReadOptions = Object.assign(Object.create(null), binding, own)
  if (headerSchema === undefined) return bodyValue(format, bytes, source, schema, merged)
  return withHeaders(
    () => bindHeaders(schemaOption(headerSchema, 'headers'), headers, source, merged),
    () => bodyValue(format, bytes, source, schema, merged),
  )
}

/** One after the other: of two that fail, the failure of one would be unheard of. */
async function withHeaders(bindHead: () => unknown, bindBody: () => unknown): Promise<object> {
  const headers = await bindHead()
  return { body: await bindBody(), headers }
}

const optionTable = optionObject({
  headers: schemaOption,
  root: string,
  doctype: oneOf('refuse', 'internal'),
  namespaces: oneOf('keep', 'strip'),
  maxExpansions: integer({ min: 0 }),
})

/** What was said, and nothing of what was not. */
function ownOptions(options: ReaderOptions): ReaderOptions {
  const given = Object.entries(optionTable(options, 'options')).filter(([, value]) => value !== undefined)
  return Object.assign(Object.create(null), Object.fromEntries(given))
}

function bodyValue(
  format: ValueFormat,
  bytes: Uint8Array,
  source: Source,
  schema: Schema | undefined,
  binding: RecordReadOptions | undefined,
): unknown {
  if (bytes.byteLength === 0)
    return schema === undefined || binding?.validate === false ? undefined : bindNothing(schema, source)
  switch (format) {
    case 'json': {
      const value = decodeJson(bytes, source, binding)
      if (schema === undefined) return value
      return bind(schema, value, source, binding === undefined ? asJson : { ...binding, format })
    }
    case 'form': {
      const value = decodeForm(bytes, source, binding)
      return schema === undefined ? value : bind(schema, value, source, { ...binding, format })
    }
    case 'xml':
      return xmlValue(bytes, source, schema, binding)
    case 'record':
      if (schema === undefined) throw new ConfigError({ option: 'schema', value: schema, expected: 'a schema' })
      return bindRecord(schema, bytes, source, binding ?? noOptions)
  }
}

async function xmlValue(
  bytes: Uint8Array,
  source: Source,
  schema: Schema | undefined,
  binding: RecordReadOptions | undefined,
): Promise<unknown> {
  // Loaded where there is XML: most programs have none.
  const { decodeXml } = await import('@halyard/binding/xml')
  const value = decodeXml(bytes, source, binding)
  return schema === undefined ? value : bind(schema, value, source, { ...binding, format: 'xml' })
}
