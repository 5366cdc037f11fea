import { BodyError, describeTarget, parseMediaType, type HttpRequest, type HttpResponse } from '@halyard/core'
import { decodeText } from './decode-text.ts'
import { acceptsNothing, validate, type Schema } from './validate.ts'

/** Whether a media type is JSON, may be mislabelled JSON (`maybe`), or is something else. */
export function jsonness(type: string | undefined): 'yes' | 'maybe' | 'no' {
  if (type === undefined || type === 'application/json' || type.startsWith('application/json;')) return 'yes'
  const parsed = parseMediaType(type)
  if (parsed === undefined) return 'maybe'
  if (parsed.suffix === 'json' || parsed.subtype === 'json') return 'yes'
  return parsed.essence === 'text/plain' ? 'maybe' : 'no'
}

/** Parses a whole body as JSON. */
function parseJson(bytes: Uint8Array, response: HttpResponse, request: HttpRequest): unknown {
  const type = response.headers.get('content-type')
  if (jsonness(type) === 'no') {
    const target = describeTarget(request)
    throw new BodyError(`${target}: asked for JSON, and the response (status ${response.status}) is ${type}`, {
      code: 'decode',
      sent: 'yes',
      target,
    })
  }
  const text = decodeText(bytes, type, request)
  try {
    return JSON.parse(text)
  } catch (cause) {
    const target = describeTarget(request)
    const words = `is not JSON${whereOf(cause)}; it has ${bytes.byteLength} bytes`
    // Without the cause: the parser's message quotes the text.
    throw new BodyError(`${target}: the response (status ${response.status}) ${words}`, {
      code: 'decode',
      sent: 'yes',
      target,
      receivedBytes: bytes.byteLength,
    })
  }
}

/** Where the parser stumbled, without what it saw there. */
function whereOf(failure: unknown): string {
  const message = failure instanceof Error ? failure.message : ''
  if (message.startsWith('Unexpected end')) return ': it ends too early'
  return / at position \d+(?: \(line \d+ column \d+\))?$/.exec(message)?.[0] ?? ''
}

/** The value of a whole body; nothing for an empty one, where the schema allows that. */
export function jsonValue<Output>(
  bytes: Uint8Array,
  response: HttpResponse,
  request: HttpRequest,
  schema: Schema<Output> | undefined,
): unknown {
  if (bytes.byteLength === 0) return schema === undefined ? undefined : nothing(schema, response, request)
  const value = parseJson(bytes, response, request)
  if (schema === undefined) return value
  return validate(schema, value, () => ({
    at: 'body',
    target: describeTarget(request),
    status: response.status,
    mediaType: response.headers.get('content-type'),
  }))
}

async function nothing<Output>(schema: Schema<Output>, response: HttpResponse, request: HttpRequest): Promise<Output> {
  const accepted = await acceptsNothing(schema)
  if (accepted !== undefined) return accepted.value
  const target = describeTarget(request)
  throw new BodyError(`${target}: the response (status ${response.status}) has no body, and the schema wants one`, {
    code: 'no-content',
    sent: 'yes',
    target,
  })
}
