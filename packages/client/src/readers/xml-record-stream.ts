import { bind, type RecordReadOptions, type Schema, type Source } from '@halyard/binding/record'
import type { XmlRecordsOptions } from '@halyard/binding/xml'

/** The records at `path` of an XML document that need not fit into memory, each bound to the schema if there is one. */
export async function* xmlRecordStream(
  chunks: AsyncIterable<Uint8Array>,
  path: string,
  schema: Schema | undefined,
  source: Source,
  binding: RecordReadOptions | undefined,
  own: XmlRecordsOptions | undefined,
): AsyncGenerator<unknown, void, undefined> {
  const { xmlRecords } = await import('@halyard/binding/xml')
  const options: RecordReadOptions = Object.assign(Object.create(null), binding, own)
  for await (const record of xmlRecords(chunks, path, source, options)) {
    yield schema === undefined ? record : await bind(schema, record, source, { ...options, format: 'xml' })
  }
}
