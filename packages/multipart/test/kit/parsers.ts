import { Readable, Stream } from 'node:stream'
import busboy from 'busboy'
import formidable from 'formidable'
import multiparty from 'multiparty'
import { parseParts } from '../../src/index.ts'
import { inPieces } from './messages.ts'

/** What a parser says of one part of a form. */
export interface Field {
  readonly name: string | undefined
  readonly filename: string | undefined
  /** As it was sent; `undefined` where the part has none, or the parser does not say. */
  readonly mediaType: string | undefined
  /** latin1 */
  readonly content: string
}

/** All parts of a form; `undefined` where the parser refuses it. */
export type Parse = (bytes: Uint8Array, contentType: string) => Promise<Field[] | undefined>

export const byUs = async (bytes: Uint8Array, contentType: string): Promise<Field[]> => {
  const fields: Field[] = []
  for await (const part of parseParts(inPieces(bytes, 11), contentType)) {
    const content = Buffer.from(await part.bytes()).toString('latin1')
    const { name, filename } = part
    fields.push({ name, filename, mediaType: part.headers.get('content-type'), content })
  }
  return fields
}

/** It makes text of what has neither a file name nor a type for binary data. */
export const byBusboy: Parse = (bytes, contentType) =>
  new Promise((resolve) => {
    const fields: Field[] = []
    const parser = busboy({ headers: { 'content-type': contentType }, defParamCharset: 'utf8' })
    parser.on('field', (name, value) => {
      fields.push({ name, filename: undefined, mediaType: undefined, content: Buffer.from(value).toString('latin1') })
    })
    parser.on('file', (name, stream, { filename, mimeType }) => {
      const field = { name, filename, mediaType: mimeType, content: '' }
      // In its place at once: fields behind it may come before its end.
      const at = fields.push(field) - 1
      // A part that is cut short fails by itself as well.
      stream.on('error', () => undefined)
      gather(stream, (content) => (fields[at] = { ...field, content }))
    })
    parser.on('error', () => resolve(undefined))
    parser.on('close', () => resolve(fields))
    parser.end(bytes)
  })

/** In one chunk: it makes text of each chunk for itself, and breaks a character that is in two. */
export const byFormidable: Parse = async (bytes, contentType) => {
  const fields: Field[] = []
  const form = formidable({ allowEmptyFiles: true, minFileSize: 0 })
  form.onPart = (part) => {
    const { name, originalFilename, mimetype } = part
    const field = {
      name: name ?? undefined,
      filename: originalFilename ?? undefined,
      mediaType: mimetype ?? undefined,
      content: '',
    }
    const at = fields.push(field) - 1
    gather(part, (content) => (fields[at] = { ...field, content }))
    return Promise.resolve()
  }
  try {
    await form.parse(Object.assign(Readable.from([Buffer.from(bytes)]), headersOf(bytes, contentType)) as never)
    return fields
  } catch {
    return undefined
  }
}

export const byMultiparty: Parse = (bytes, contentType) =>
  new Promise((resolve) => {
    const fields: Field[] = []
    const form = new multiparty.Form()
    form.on('part', (part) => {
      const { name, filename, headers } = part
      const field = { name, filename, mediaType: headers['content-type'], content: '' }
      const at = fields.push(field) - 1
      part.on('error', () => undefined)
      gather(part, (content) => (fields[at] = { ...field, content }))
    })
    form.on('error', () => resolve(undefined))
    form.on('close', () => resolve(fields))
    form.parse(Object.assign(Readable.from(inPieces(bytes, 64)), headersOf(bytes, contentType)) as never)
  })

/** Node's own, which is undici's. */
export const byNode: Parse = async (bytes, contentType) => {
  const response = new Response(new Uint8Array(bytes), { headers: { 'content-type': contentType } })
  const fields: Field[] = []
  for (const [name, value] of await response.formData()) {
    const content = typeof value === 'string' ? Buffer.from(value) : Buffer.from(await value.arrayBuffer())
    const file = typeof value === 'string' ? undefined : value
    fields.push({ name, filename: file?.name, mediaType: file?.type, content: content.toString('latin1') })
  }
  return fields
}

function headersOf(bytes: Uint8Array, contentType: string): object {
  return { headers: { 'content-type': contentType, 'content-length': String(bytes.byteLength) } }
}

function gather(stream: Stream, done: (content: string) => void): void {
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(Buffer.from(chunk)))
  stream.on('end', () => done(Buffer.concat(chunks).toString('latin1')))
}

/** Some parsers give names as they came: browsers and we write three characters as escapes. */
export function unescaped(name: string | undefined): string | undefined {
  return name?.replaceAll('%22', '"').replaceAll('%0D', '\r').replaceAll('%0A', '\n')
}
