/**
 * The field section of a request (RFC 9113 §8.3.1): pseudo-fields first, names in lower case, without what belongs to
 * an HTTP/1 connection (§8.2.2). `Host` becomes the authority; a known
 * length is told.
 */
export function requestFields(
  method: string,
  scheme: string,
  authority: string,
  path: string,
  headers: readonly string[],
  length: number | undefined,
): readonly string[] {
  const fields = [':method', method, ':scheme', scheme, ':authority', authority, ':path', path]
  let announced = length === undefined
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = (headers[at] ?? '').toLowerCase()
    const value = headers[at + 1] ?? ''
    if (name === 'content-length') announced = true
    if (name === 'host') fields[5] = value
    else if (!perConnection.has(name) && (name !== 'te' || value.toLowerCase() === 'trailers')) fields.push(name, value)
  }
  if (!announced) fields.push('content-length', String(length))
  return fields
}

const perConnection: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
])
