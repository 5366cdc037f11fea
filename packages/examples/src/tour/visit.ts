import { createClient } from '@halyard/client'
import { entry, heading, milliseconds } from './print.ts'

const excerptBytes = 1_024

/** One GET of any URL, and what came of it. */
export async function visit(address: string): Promise<void> {
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `https://${address}`
  const api = createClient()
  try {
    heading(`GET ${url}`)
    const startedAt = performance.now()
    const response = await api.get(url)
    entry('status', `${response.status} ${response.statusText} (HTTP/${response.httpVersion})`)
    entry('headers', [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n'))
    let size = 0
    const head: Uint8Array[] = []
    for await (const chunk of response.stream()) {
      if (size < excerptBytes) head.push(chunk)
      size += chunk.byteLength
    }
    entry(
      'timing',
      `headers after ${milliseconds(response.timings.headersMs)}, everything after ${milliseconds(performance.now() - startedAt)}`,
    )
    entry('body', `${size} bytes`)
    if (size > 0) entry('excerpt', excerpt(Buffer.concat(head).subarray(0, excerptBytes), size))
  } finally {
    await api.close()
  }
}

/** The start of a body; bytes that are no text are not let loose on a terminal. */
function excerpt(bytes: Uint8Array, size: number): string {
  const text = new TextDecoder().decode(bytes).replaceAll('\r\n', '\n')
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\x00-\x08\x0e-\x1f\x7f]/.test(text)) return '(not text)'
  return size > bytes.byteLength ? `${text}…` : text
}
