/** One value of DER: its tag, and where its content lies. */
interface Der {
  readonly tag: number
  readonly content: Uint8Array
  /** With its head. */
  readonly whole: Uint8Array
}

const sequence = 0x30
const octets = 0x04
const oidTag = 0x06
const explicit = 0xa0

/** Object identifiers, as their bytes in hex. */
const dataType = '2a864886f70d010701'
const plainKeyBag = '2a864886f70d010c0a0101'
const shroudedKeyBag = '2a864886f70d010c0a0102'

/**
 * The private key in a PKCS#12 file (RFC 7292): PKCS#8, mostly encrypted, for OpenSSL to open. `undefined` for bytes that
 * are no PKCS#12 or have no key where it can be seen. Where there are several, the first. The file's own checksum is not
 * looked at: a wrong passphrase shows when the key is opened.
 */
export function shroudedKeyOf(bytes: Uint8Array): Uint8Array | undefined {
  try {
    const [, authSafe] = children(only(bytes))
    const contents = authSafe === undefined ? undefined : dataOf(authSafe)
    return contents === undefined ? undefined : keyInContents(contents)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** AuthenticatedSafe: those of type `data` are in clear, and keys lie in such. */
function keyInContents(contents: Uint8Array): Uint8Array | undefined {
  for (const info of children(only(contents))) {
    const safe = dataOf(info)
    const key = safe === undefined ? undefined : keyInSafe(safe)
    if (key !== undefined) return key
  }
  return undefined
}

function keyInSafe(safe: Uint8Array): Uint8Array | undefined {
  for (const bag of children(only(safe))) {
    const [type, value] = children(bag)
    if (type === undefined || value === undefined) continue
    const kind = oidOf(type)
    if (kind === shroudedKeyBag || kind === plainKeyBag) return value.content
  }
  return undefined
}

/** ContentInfo of type `data`: its octets. */
function dataOf(info: Der): Uint8Array | undefined {
  const [type, content] = children(info)
  if (type === undefined || content === undefined || oidOf(type) !== dataType || content.tag !== explicit) {
    return undefined
  }
  const inner = only(content.content)
  return inner.tag === octets ? inner.content : undefined
}

function oidOf(der: Der): string {
  return der.tag === oidTag ? Buffer.from(der.content).toString('hex') : ''
}

function children(der: Der): Der[] {
  if (der.tag !== sequence) throw new RangeError('not a sequence')
  const found: Der[] = []
  for (let at = 0; at < der.content.byteLength;) {
    const next = read(der.content, at)
    found.push(next)
    at += next.whole.byteLength
  }
  return found
}

function only(bytes: Uint8Array): Der {
  return read(bytes, 0)
}

/** @throws RangeError for what is no DER: cut short, or of a length that is left open. */
function read(bytes: Uint8Array, at: number): Der {
  const tag = bytes[at]
  const first = bytes[at + 1]
  if (tag === undefined || first === undefined) throw new RangeError('cut short')
  const more = first < 0x80 ? 0 : first & 0x7f
  if (first === 0x80 || more > 4) throw new RangeError('a length that is none')
  let length = more === 0 ? first : 0
  for (let index = 0; index < more; index += 1) length = length * 256 + (bytes[at + 2 + index] ?? 0)
  const start = at + 2 + more
  if (start + length > bytes.byteLength) throw new RangeError('cut short')
  return { tag, content: bytes.subarray(start, start + length), whole: bytes.subarray(at, start + length) }
}
