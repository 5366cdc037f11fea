/** A media type (RFC 9110 §8.3.1): names in lower case, parameter values as they came, unquoted. */
export interface MediaType {
  readonly type: string
  readonly subtype: string
  /** `type/subtype`. */
  readonly essence: string
  /** What follows the last `+` of the subtype: `json` in `application/problem+json`. */
  readonly suffix: string | undefined
  readonly parameters: ReadonlyMap<string, string>
}

const essenceSyntax = /^[\t ]*([!#$%&'*+\-.^_`|~0-9a-z]+)\/([!#$%&'*+\-.^_`|~0-9a-z]+)[\t ]*(?:$|(?=;))/i

/** Parses a `content-type`; `undefined` for one that is absent or no media type. Linear in its length. */
export function parseMediaType(text: string | undefined): MediaType | undefined {
  if (text === undefined) return undefined
  const match = essenceSyntax.exec(text)
  if (match === null) return undefined
  const type = (match[1] ?? '').toLowerCase()
  const subtype = (match[2] ?? '').toLowerCase()
  const plus = subtype.lastIndexOf('+')
  return {
    type,
    subtype,
    essence: `${type}/${subtype}`,
    suffix: plus === -1 ? undefined : subtype.slice(plus + 1),
    parameters: parseParameters(text, match[0].length),
  }
}

/** `; name=value; name="quoted \"value\""` (RFC 9110 §5.6.6). Of a name given twice the first counts. */
export function parseParameters(text: string, from = 0): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>()
  let at = from
  while (at < text.length) {
    if (text[at] !== ';') {
      at += 1
      continue
    }
    const equals = indexOfAny(text, '=;', at + 1)
    if (text[equals] !== '=') {
      at = equals
      continue
    }
    const name = text
      .slice(at + 1, equals)
      .trim()
      .toLowerCase()
    const value = text[equals + 1] === '"' ? quoted(text, equals + 2) : bare(text, equals + 1)
    if (name !== '' && !parameters.has(name)) parameters.set(name, value.text)
    at = value.end
  }
  return parameters
}

interface Piece {
  readonly text: string
  readonly end: number
}

function bare(text: string, from: number): Piece {
  const end = indexOfAny(text, ';', from)
  return { text: text.slice(from, end).trim(), end }
}

function quoted(text: string, from: number): Piece {
  const parts: string[] = []
  let at = from
  let start = from
  while (at < text.length && text[at] !== '"') {
    if (text[at] === '\\') {
      parts.push(text.slice(start, at))
      start = at + 1
      at += 1
    }
    at += 1
  }
  parts.push(text.slice(start, at))
  return { text: parts.join(''), end: at + 1 }
}

function indexOfAny(text: string, characters: string, from: number): number {
  let at = from
  while (at < text.length && !characters.includes(text[at] ?? '')) at += 1
  return at
}
