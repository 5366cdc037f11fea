/** Code points that are not ASCII and start a name (XML 1.0, fifth edition, production 4), as pairs of bounds. */
const startRanges = [
  0xc0, 0xd6, 0xd8, 0xf6, 0xf8, 0x2ff, 0x370, 0x37d, 0x37f, 0x1fff, 0x200c, 0x200d, 0x2070, 0x218f, 0x2c00, 0x2fef,
  0x3001, 0xd7ff, 0xf900, 0xfdcf, 0xfdf0, 0xfffd, 0x10000, 0xeffff,
]
/** Those that may follow as well (production 4a). */
const moreRanges = [0xb7, 0xb7, 0x300, 0x36f, 0x203f, 0x2040]

/** 1: may follow in a name, 2: may start it as well. */
const asciiNames = new Uint8Array(128)
for (const one of '-.0123456789') asciiNames[one.charCodeAt(0)] = 1
for (const one of ':_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz') asciiNames[one.charCodeAt(0)] = 2

function within(point: number, ranges: readonly number[]): boolean {
  for (let index = 0; index < ranges.length; index += 2) {
    if (point >= (ranges[index] ?? 0) && point <= (ranges[index + 1] ?? 0)) return true
  }
  return false
}

/** Where the name that begins at `from` ends; `from` itself if none does. */
export function nameEnd(text: string, from: number): number {
  if (!startsName(text, from)) return from
  let at = from
  while (at < text.length) {
    const unit = text.charCodeAt(at)
    if (unit < 128) {
      if (asciiNames[unit] === 0) return at
      at += 1
      continue
    }
    const point = text.codePointAt(at) ?? 0
    if (!within(point, startRanges) && !within(point, moreRanges)) return at
    at += point > 0xffff ? 2 : 1
  }
  return at
}

function startsName(text: string, at: number): boolean {
  const unit = text.charCodeAt(at)
  if (unit < 128) return asciiNames[unit] === 2
  return at < text.length && within(text.codePointAt(at) ?? 0, startRanges)
}

/** Whether all of `text` is an XML name. */
export function isXmlName(text: string): boolean {
  return text !== '' && nameEnd(text, 0) === text.length
}

/** Whether a name stands as a qualified name of Namespaces in XML: at most one colon, with a name on either side. */
export function isQualified(name: string): boolean {
  const colon = name.indexOf(':')
  if (colon === -1) return true
  return colon > 0 && !name.includes(':', colon + 1) && startsName(name, colon + 1)
}

/** What no document holds (production 2), but for lone surrogates, which no decoder makes. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const illegalCharacter = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/
/** The first search of a pattern is slow, and compiles it: a long text is searched piece by piece. */
const stretch = 8192

/** Where the first character is that no document holds; -1 if there is none. */
export function illegalAt(text: string): number {
  for (let from = 0; from < text.length; from += stretch) {
    const found = text.slice(from, from + stretch).search(illegalCharacter)
    if (found !== -1) return from + found
  }
  return -1
}

/** Whether a character reference may name this code point (production 2). */
export function isXmlCharacter(point: number): boolean {
  if (point < 0x20) return point === 0x9 || point === 0xa || point === 0xd
  return point <= 0xd7ff || (point >= 0xe000 && point <= 0xfffd) || (point >= 0x10000 && point <= 0x10ffff)
}

/** Where the white space that begins at `from` ends. */
export function spaceEnd(text: string, from: number): number {
  let at = from
  while (isSpace(text.charCodeAt(at))) at += 1
  return at
}

export function isSpace(unit: number): boolean {
  return unit === 0x20 || unit === 0xa || unit === 0x9 || unit === 0xd
}

/** Whether `text` is white space throughout, or empty. */
export function isBlank(text: string): boolean {
  return spaceEnd(text, 0) === text.length
}
