/** How a server has a file. */
export interface ServedFile {
  readonly bytes: Uint8Array
  readonly etag?: string | undefined
  readonly lastModified?: string | undefined
  /** @defaultValue a day after every date used in tests */
  readonly date?: string | undefined
  /** @defaultValue true */
  readonly ranges?: boolean | undefined
}

export interface FileAnswer {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: Uint8Array
}

export const aDate = 'Tue, 03 Mar 2026 10:00:00 GMT'
export const aDayLater = 'Wed, 04 Mar 2026 10:00:00 GMT'

/** What a server that does all right answers to a request with these fields (RFC 9110 §14.2, §13.1.5). */
export function answerFile(file: ServedFile, request: Readonly<Record<string, string | undefined>>): FileAnswer {
  const { bytes, etag, lastModified, date = aDayLater, ranges = true } = file
  const headers: Record<string, string> = {
    date,
    ...(etag === undefined ? {} : { etag }),
    ...(lastModified === undefined ? {} : { 'last-modified': lastModified }),
  }
  const condition = request['if-range']
  const holds = condition === undefined || condition === etag || condition === lastModified
  const range = /^bytes=(\d+)-(\d*)$/.exec(request['range'] ?? '')
  if (!ranges || range === null || !holds) {
    return { status: 200, headers: { ...headers, 'content-length': String(bytes.byteLength) }, body: bytes }
  }
  const first = Number(range[1])
  const end = range[2] === '' ? bytes.byteLength : Math.min(Number(range[2]) + 1, bytes.byteLength)
  if (first >= bytes.byteLength) {
    const unsatisfied = { ...headers, 'content-range': `bytes */${bytes.byteLength}` }
    return { status: 416, headers: unsatisfied, body: Buffer.from('unsatisfiable') }
  }
  const part = {
    ...headers,
    'content-length': String(end - first),
    'content-range': `bytes ${first}-${end - 1}/${bytes.byteLength}`,
  }
  return { status: 206, headers: part, body: bytes.subarray(first, end) }
}

/** Bytes that are the same each time, and nowhere alike. */
export function someBytes(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length)
  let state = seed >>> 0
  for (let at = 0; at < length; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes[at] = state >>> 24
  }
  return bytes
}
