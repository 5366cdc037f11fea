import { randomUUID } from 'node:crypto'
import { factoryBody, type RequestBody } from '@halyard/core'

/** What is used of a `FormData`, whoever made it. */
export interface FormDataLike {
  entries(): IterableIterator<[string, string | Blob]>
}

export function isFormData(value: object): value is FormDataLike {
  return Reflect.get(value, Symbol.toStringTag) === 'FormData' && 'entries' in value
}

const encoder = new TextEncoder()

/**
 * `multipart/form-data` as browsers write it (WHATWG HTML, multipart form data): ours to encode, for undici takes only
 * its own `FormData` and sends others empty.
 */
export function formDataBody(form: FormDataLike): RequestBody {
  const boundary = `halyard-${randomUUID()}`
  const parts = [...form.entries()].map(([name, value]) => ({
    head: encoder.encode(partHead(boundary, name, value)),
    value,
  }))
  const end = encoder.encode(`--${boundary}--\r\n`)
  const contents = parts.map(({ head, value }) => ({
    head,
    content: typeof value === 'string' ? encoder.encode(lineEnds(value)) : value,
  }))
  const length = contents.reduce(
    (sum, { head, content }) => sum + head.byteLength + sizeOf(content) + 2,
    end.byteLength,
  )
  async function* write(): AsyncGenerator<Uint8Array> {
    for (const { head, content } of contents) {
      yield head
      if (content instanceof Uint8Array) yield content
      else yield* content.stream()
      yield lineEnd
    }
    yield end
  }
  return factoryBody(write, { contentType: `multipart/form-data; boundary=${boundary}`, length })
}

const lineEnd = encoder.encode('\r\n')

function sizeOf(content: Uint8Array | Blob): number {
  return content instanceof Uint8Array ? content.byteLength : content.size
}

function partHead(boundary: string, name: string, value: string | Blob): string {
  const start = `--${boundary}\r\ncontent-disposition: form-data; name="${escape(lineEnds(name))}"`
  if (typeof value === 'string') return `${start}\r\n\r\n`
  const filename = 'name' in value && typeof value.name === 'string' ? value.name : 'blob'
  return `${start}; filename="${escape(filename)}"\r\ncontent-type: ${safeType(value.type)}\r\n\r\n`
}

function lineEnds(text: string): string {
  return text.replace(/\r\n|\r|\n/g, '\r\n')
}

function escape(text: string): string {
  return text.replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22')
}

/** A Blob's type is whatever its maker wrote. */
function safeType(type: string): string {
  return /^[\x20-\x7e]+$/.test(type) ? type : 'application/octet-stream'
}
