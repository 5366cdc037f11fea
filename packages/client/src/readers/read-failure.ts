import { decodeForm } from '@halyard/binding/form'
import { decodeJson } from '@halyard/binding/json'
import { bind, formatOf, problemOf, type Source } from '@halyard/binding/record'
import { decodeText } from '@halyard/binding/text'
import { ValidationError, type HttpRequest, type HttpResponse, type ValidationIssue } from '@halyard/core'
import { AnswerSource } from './answer-source.ts'
import type { ReadSettings } from './read-settings.ts'
import { statusError, type StatusError } from './status-error.ts'

/** How much of a failure's body is read. */
const readBytes = 65_536

/**
 * Makes the error of a status, with what can be had of its body: decoded by its type, bound by `errorSchema` where it
 * fits. Whatever is wrong with the body, it does not hide the status.
 */
export async function readFailure(
  response: HttpResponse,
  request: HttpRequest,
  settings: ReadSettings,
): Promise<StatusError> {
  const source = new AnswerSource(response, request)
  const bytes = await beginning(response)
  const decoded = bytes.byteLength === 0 ? nothing : await decode(bytes, source, settings)
  const bound = await bindError(decoded, source, settings)
  return statusError({
    target: source.target,
    status: response.status,
    statusText: response.statusText,
    headers: response.headers,
    body: bound.body,
    issues: bound.issues,
    problem: problemOf(source.mediaType, decoded.body),
    excerpt: excerptOf(bytes, source, settings),
  })
}

interface Decoded {
  readonly body: unknown
  readonly format: 'json' | 'xml' | 'form' | undefined
}

const nothing: Decoded = { body: undefined, format: undefined }

async function beginning(response: HttpResponse): Promise<Uint8Array> {
  const whole = response.body.takeBuffered?.()
  if (whole !== undefined) return whole.subarray(0, readBytes)
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of response.body.stream()) {
      chunks.push(chunk)
      size += chunk.byteLength
      if (size >= readBytes) break
    }
  } catch {
    // What came is shown; the status is the news.
  }
  return Buffer.concat(chunks).subarray(0, readBytes)
}

async function decode(bytes: Uint8Array, source: Source, { binding }: ReadSettings): Promise<Decoded> {
  const format = formatOf(source.mediaType)
  try {
    if (format === 'json') return { body: decodeJson(bytes, source, binding), format }
    if (format === 'form') return { body: decodeForm(bytes, source, binding), format }
    if (format === 'xml') {
      const { decodeXml } = await import('@halyard/binding/xml')
      return { body: decodeXml(bytes, source, binding), format }
    }
  } catch {
    // Not what it says it is, or cut short: as text, then.
  }
  return { body: textOf(bytes, source), format: undefined }
}

function textOf(bytes: Uint8Array, source: Source): string {
  try {
    return decodeText(bytes, source)
  } catch {
    return Buffer.from(bytes).toString('latin1')
  }
}

interface Bound {
  readonly body: unknown
  readonly issues: readonly ValidationIssue[] | undefined
}

async function bindError({ body, format }: Decoded, source: Source, settings: ReadSettings): Promise<Bound> {
  const { binding, errorSchema } = settings
  if (errorSchema === undefined) return { body, issues: undefined }
  try {
    // Text has nothing to convert.
    const bound = await bind(errorSchema, body, source, { ...binding, format: format ?? 'json' })
    return { body: bound, issues: undefined }
  } catch (failure) {
    return { body, issues: failure instanceof ValidationError ? failure.issues : [{ message: 'does not fit' }] }
  }
}

function excerptOf(bytes: Uint8Array, source: Source, { binding }: ReadSettings): string {
  const size = binding?.excerptBytes ?? 256
  const text = textOf(bytes.subarray(0, size), source)
  // A character of which only a part is left.
  return size < bytes.byteLength && text.endsWith('\ufffd') ? text.slice(0, -1) : text
}
