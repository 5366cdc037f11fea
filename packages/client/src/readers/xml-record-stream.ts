import { bind, type RecordReadOptions, type Schema, type Source } from '@halyard/binding/record'
import type { XmlRecordsOptions, XmlValue } from '@halyard/binding/xml'
import { ValidationError } from '@halyard/core'
import { bindingConfig, schemaOption } from '../config/binding-config.ts'

/**
 * The records at `path` of an XML document that need not fit into memory, each bound to the schema if there is one.
 * The body is opened when the first is asked for, and let go whatever happens: also by who leaves while a record is
 * awaited, for which a generator alone would wait.
 */
export function xmlRecordStream(
  open: () => AsyncIterable<Uint8Array>,
  path: string,
  schema: Schema | undefined,
  source: Source,
  binding: RecordReadOptions | undefined,
  own: XmlRecordsOptions | undefined,
): AsyncIterable<unknown> {
  let body: AsyncIterator<Uint8Array> | undefined
  const openOnce = (): AsyncIterator<Uint8Array> => (body ??= open()[Symbol.asyncIterator]())
  const records = boundRecords(openOnce, path, schema, source, binding, own)
  const iterator: AsyncIterator<unknown, void, undefined> = {
    next: () => records.next(),
    return: async () => {
      await body?.return?.()
      return await records.return()
    },
  }
  return { [Symbol.asyncIterator]: () => iterator }
}

async function* boundRecords(
  open: () => AsyncIterator<Uint8Array>,
  path: string,
  schema: Schema | undefined,
  source: Source,
  binding: RecordReadOptions | undefined,
  own: XmlRecordsOptions | undefined,
): AsyncGenerator<unknown, void, undefined> {
  const body = open()
  const chunks: AsyncIterable<Uint8Array> = { [Symbol.asyncIterator]: () => body }
  try {
    if (schema !== undefined) schemaOption(schema, 'schema')
    const options: RecordReadOptions = Object.assign(Object.create(null), binding, bindingConfig(own ?? {}, 'options'))
    const { xmlRecords } = await import('@halyard/binding/xml')
    let index = 0
    for await (const record of xmlRecords(chunks, path, source, options)) {
      yield schema === undefined ? record : await boundRecord(schema, record, source, options, index)
      index += 1
    }
  } finally {
    // What is refused before it is read holds a connection, too.
    await body.return?.()
  }
}

/** Which record does not fit is part of the path. */
async function boundRecord(
  schema: Schema,
  record: XmlValue,
  source: Source,
  options: RecordReadOptions,
  index: number,
): Promise<unknown> {
  try {
    return await bind(schema, record, source, { ...options, format: 'xml' })
  } catch (failure) {
    if (!(failure instanceof ValidationError)) throw failure
    const { at, target, status, mediaType, part } = failure
    const issues = failure.issues.map(({ message, path = [] }) => ({ message, path: [index, ...path] }))
    throw new ValidationError({ issues, at, target, status, mediaType, part })
  }
}
