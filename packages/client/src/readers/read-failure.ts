import { describeTarget, parseMediaType, type HttpRequest, type HttpResponse } from '@halyard/core'
import { decodeText } from './decode-text.ts'
import { jsonness } from './read-json.ts'
import { statusError, type Problem, type StatusError } from './status-error.ts'

/** How much of a failure's body is read. */
const excerptBytes = 65_536

/** Makes the error of a 4xx or 5xx, with what can be had of its body. A body that breaks does not hide the status. */
export async function readFailure(response: HttpResponse, request: HttpRequest): Promise<StatusError> {
  const target = describeTarget(request)
  const bytes = await excerpt(response)
  const body = bytes.byteLength === 0 ? undefined : decode(bytes, response, request)
  const type = parseMediaType(response.headers.get('content-type'))
  const problem = type?.essence === 'application/problem+json' && isProblem(body) ? body : undefined
  return statusError({
    target,
    status: response.status,
    statusText: response.statusText,
    headers: response.headers,
    body,
    problem,
  })
}

async function excerpt(response: HttpResponse): Promise<Uint8Array> {
  const whole = response.body.takeBuffered?.()
  if (whole !== undefined) return whole.subarray(0, excerptBytes)
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of response.body.stream()) {
      chunks.push(chunk)
      size += chunk.byteLength
      if (size >= excerptBytes) break
    }
  } catch {
    // What came is shown; the status is the news.
  }
  return Buffer.concat(chunks).subarray(0, excerptBytes)
}

function decode(bytes: Uint8Array, response: HttpResponse, request: HttpRequest): unknown {
  let text: string
  try {
    text = decodeText(bytes, response.headers.get('content-type'), request)
  } catch {
    text = Buffer.from(bytes).toString('latin1')
  }
  if (jsonness(response.headers.get('content-type')) !== 'yes') return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && !Array.isArray(body)
}
