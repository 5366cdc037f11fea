import type { ServerRequest } from '@halyard/testing'

/** Everything that a request brings, as text. */
export async function textOf(request: ServerRequest): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}
