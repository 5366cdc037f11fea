/** The encodings that XML is read in. */
export type XmlEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'iso-8859-1' | 'windows-1252'

/** Labels in lower case; `utf-16` leaves open in which order, which the bytes tell. */
const labels = new Map<string, XmlEncoding | 'utf-16'>([
  ['utf-8', 'utf-8'],
  ['utf8', 'utf-8'],
  ['us-ascii', 'utf-8'],
  ['ascii', 'utf-8'],
  ['utf-16', 'utf-16'],
  ['iso-10646-ucs-2', 'utf-16'],
  ['utf-16le', 'utf-16le'],
  ['utf-16be', 'utf-16be'],
  ['iso-8859-1', 'iso-8859-1'],
  ['iso8859-1', 'iso-8859-1'],
  ['iso_8859-1', 'iso-8859-1'],
  ['latin1', 'iso-8859-1'],
  ['latin-1', 'iso-8859-1'],
  ['l1', 'iso-8859-1'],
  ['windows-1252', 'windows-1252'],
  ['cp1252', 'windows-1252'],
  ['x-cp1252', 'windows-1252'],
])

/** A declaration that goes on for longer than this says nothing useful. */
export const maxDeclaration = 65_536
const encodingName = /^<\?xml[ \t\r\n][^>]*?[ \t\r\n]encoding[ \t\r\n]*=[ \t\r\n]*["']([A-Za-z][A-Za-z0-9._-]*)["']/

interface Detected {
  readonly encoding: XmlEncoding
  /** How many bytes of a byte order mark come before the text. */
  readonly mark: number
}

interface NotDetected {
  readonly fault: string
}

/**
 * The encoding of a document by its first bytes: byte order mark, then `charset` of the content type, then the XML
 * declaration, then UTF-8 (RFC 7303 §3, XML 1.0 appendix F). `undefined` where more bytes are needed to tell.
 */
export function encodingOf(
  head: Uint8Array,
  charset: string | undefined,
  complete: boolean,
): Detected | NotDetected | undefined {
  if (head.length < 3 && !complete) return undefined
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { encoding: 'utf-8', mark: 3 }
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: 'utf-16le', mark: 2 }
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: 'utf-16be', mark: 2 }
  const order = byteOrder(head)
  if (charset !== undefined) return byLabel(charset, order, 'is in the charset')
  if (!beginsDeclaration(head, order)) return { encoding: order ?? 'utf-8', mark: 0 }
  const end = head.indexOf(0x3e)
  if ((end === -1 ? head.length : end) > maxDeclaration) return { fault: 'has an XML declaration that does not end' }
  if (end === -1 && !complete) return undefined
  const declared = encodingName.exec(ascii(head.subarray(0, end === -1 ? head.length : end)))?.[1]
  if (declared === undefined) return { encoding: order ?? 'utf-8', mark: 0 }
  const found = byLabel(declared, order, 'declares the encoding')
  const wide = 'encoding' in found && found.encoding.startsWith('utf-16')
  // A declaration that can be read as ASCII is not in UTF-16, and the other way round.
  if ('encoding' in found && (wide ? found.encoding : undefined) !== order) {
    return { fault: 'declares another encoding than it is in' }
  }
  return found
}

/** A document begins with a `<` or white space: a zero beside it is the other half of a UTF-16 unit. */
function byteOrder(head: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (head.length < 2) return undefined
  if (head[0] === 0) return 'utf-16be'
  return head[1] === 0 ? 'utf-16le' : undefined
}

function byLabel(label: string, order: 'utf-16le' | 'utf-16be' | undefined, words: string): Detected | NotDetected {
  const encoding = labels.get(label.toLowerCase())
  if (encoding === undefined)
    return { fault: `${words} ${JSON.stringify(label.slice(0, 40))}, which is not read as XML` }
  return { encoding: encoding === 'utf-16' ? (order ?? 'utf-16be') : encoding, mark: 0 }
}

function beginsDeclaration(head: Uint8Array, order: 'utf-16le' | 'utf-16be' | undefined): boolean {
  const start = ascii(head.subarray(0, order === undefined ? 6 : 12))
  return '<?xml'.startsWith(start.slice(0, 5)) && !/^<\?xml[^ \t\r\n]/.test(start)
}

function ascii(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  return text.replaceAll('\0', '')
}
