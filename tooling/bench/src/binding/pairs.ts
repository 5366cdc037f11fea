import { decodeJson } from '@halyard/binding/json'
import { bind } from '@halyard/binding/record'
import { decodeXml } from '@halyard/binding/xml'
import { XMLParser } from 'fast-xml-parser'
import { payload, schemaOf } from '../payload/payload.ts'
import type { Pair } from './pair.ts'

const schema = schemaOf('10k')
const json = Buffer.from(payload('10k'))
const source = { target: 'GET /', status: 200, mediaType: 'application/json' }

/** A feed of about `bytes`, as feeds look: elements, attributes, text with references. */
function feed(bytes: number): string {
  const entries: string[] = []
  for (let id = 1, size = 0; size < bytes; id++) {
    const entry =
      `<entry id="e${id}" lang="en"><title>Entry ${id} &amp; more</title><updated>2026-11-24T10:00:00Z</updated>` +
      `<author><name>Ada Lovelace</name><email>ada@example.com</email></author>` +
      `<summary>Some words about entry ${id}, long enough to look like a summary.</summary></entry>`
    entries.push(entry)
    size += entry.length
  }
  return `<?xml version="1.0" encoding="UTF-8"?><feed xmlns="urn:feed"><title>Feed</title>${entries.join('')}</feed>`
}

const document = Buffer.from(feed(100_000))
const xmlSource = { target: 'GET /', status: 200, mediaType: 'application/xml' }
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
})

export const pairs: readonly Pair[] = [
  {
    name: 'JSON of 10 KB by a schema',
    reference: 'JSON.parse + schema',
    ours: () => bind(schema, decodeJson(json, source), source, { format: 'json' }),
    theirs: () => schema.parse(JSON.parse(json.toString())),
  },
  {
    name: 'XML of 100 KB',
    reference: 'fast-xml-parser',
    ours: () => decodeXml(document, xmlSource),
    theirs: () => parser.parse(document.toString()),
  },
]
