// A consumer of the binding, by the facade and without it.
import { decodeForm } from '@halyard/binding/form'
import { readJson } from '@halyard/binding/json'
import { matchStatus, readRecord } from '@halyard/binding/record'
import { decodeText } from '@halyard/binding/text'
import { writeXml, xmlRecords, type XmlValue } from '@halyard/binding/xml'
import { createClient, xml } from '@halyard/client'
import { respond } from '@halyard/core'
import { z } from 'zod'

const User = z.object({ id: z.number(), name: z.string() })
const Missing = z.object({ title: z.string() })
const api = createClient('https://api.example.com/v1', { binding: { lax: true }, errorSchema: Missing })

export async function show(id: number): Promise<string> {
  const out = await api.get('/users/{id}', { params: { id } }).match({ 200: User, 404: Missing, '5xx': null })
  // @ts-expect-error the body depends on the status
  void out.body.name
  return out.status === 200 ? out.body.name : out.status === 404 ? out.body.title : 'broken'
}

export async function total(): Promise<number> {
  const counted = { headers: z.object({ 'x-total': z.coerce.number() }) }
  const { headers } = await api.get('/users').json(z.array(User), counted)
  return headers['x-total']
}

export async function names(chunks: AsyncIterable<Uint8Array>): Promise<readonly XmlValue[]> {
  const source = { target: 'feed', status: 200, mediaType: 'application/xml' }
  const found: XmlValue[] = []
  for await (const entry of xmlRecords(chunks, 'feed/entry', source)) found.push(entry)
  await api.post('/feed', xml({ feed: { entry: found } })).discard()
  return found
}

export const user: Promise<z.infer<typeof User>> = readJson(respond({ status: 200 }), User)
export const record: Promise<z.infer<typeof User>> = readRecord(respond({ status: 200 }), User)
export const parts: readonly unknown[] = [decodeForm, decodeText, matchStatus, writeXml]
