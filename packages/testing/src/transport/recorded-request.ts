import type { Call, HeaderList, HttpRequest, RequestBody } from '@halyard/core'

/** A request that came to the mock transport. */
export interface RecordedRequest {
  readonly method: string
  readonly url: string
  readonly headers: HeaderList
  /** The whole body; `undefined` where the request had none. */
  readonly body: Uint8Array | undefined
  /** The body as UTF-8, empty without one. */
  readonly text: string
  /** 0 for the first attempt of a call. */
  readonly attempt: number
}

/** Reads a request to its end, as a transport would. */
export async function record(request: HttpRequest, call: Call): Promise<RecordedRequest> {
  const { method, headers } = request
  const body = request.body === undefined ? undefined : await readAll(request.body)
  const text = body === undefined ? '' : Buffer.from(body).toString('utf8')
  return { method, url: request.origin + request.path, headers, body, text, attempt: call.attempt }
}

async function readAll(body: RequestBody): Promise<Uint8Array> {
  const opened = body.open()
  if (opened instanceof Uint8Array) return opened
  const chunks: Uint8Array[] = []
  for await (const chunk of opened) chunks.push(chunk)
  return Buffer.concat(chunks)
}
