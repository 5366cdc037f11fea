import type { IncomingBytes } from './incoming-bytes.ts'

/** A request as it came over the wire. */
export interface RawRequest {
  /** Everything up to and including the empty line, as latin1. */
  readonly head: string
  /** `GET /path HTTP/1.1` */
  readonly requestLine: string
  readonly method: string
  readonly target: string
  /** In order and as written. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Without the framing of chunks. */
  readonly body: Uint8Array
}

/** Takes one head from a connection. */
export async function takeHead(incoming: IncomingBytes): Promise<string> {
  return (await incoming.takeThrough('\r\n\r\n', 'a head')).toString('latin1')
}

/** Takes one request, with its body by `content-length` or chunks. */
export async function takeRequest(incoming: IncomingBytes): Promise<RawRequest> {
  const head = await takeHead(incoming)
  const [requestLine = '', ...lines] = head.slice(0, -4).split('\r\n')
  const headers = lines.map((line) => splitField(line))
  const [method = '', target = ''] = requestLine.split(' ')
  return { head, requestLine, method, target, headers, body: await takeBody(incoming, headers) }
}

async function takeBody(incoming: IncomingBytes, headers: RawRequest['headers']): Promise<Uint8Array> {
  const value = (wanted: string): string | undefined =>
    headers.find(([name]) => name.toLowerCase() === wanted)?.[1].toLowerCase()
  if (value('transfer-encoding') === 'chunked') return await takeChunks(incoming)
  return await incoming.takeCount(Number(value('content-length') ?? 0), 'a body')
}

async function takeChunks(incoming: IncomingBytes): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  for (;;) {
    const size = Number.parseInt((await incoming.takeThrough('\r\n', 'the size of a chunk')).toString('latin1'), 16)
    if (Number.isNaN(size)) throw new Error('the client sent a chunk without a size')
    if (size === 0) break
    chunks.push(await incoming.takeCount(size, 'a chunk'))
    await incoming.takeCount(2, 'the end of a chunk')
  }
  // Trailers, up to the empty line.
  for (;;) if ((await incoming.takeThrough('\r\n', 'trailers')).byteLength === 2) return Buffer.concat(chunks)
}

function splitField(line: string): readonly [name: string, value: string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon), line.slice(colon + 1).trim()]
}
