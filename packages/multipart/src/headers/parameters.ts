/** Parameters as they stood in a header, and whether they stood there as the grammar wants. */
export interface ParsedParameters {
  readonly parameters: ReadonlyMap<string, string>
  /** Each has a value, no quotation mark stands where none may, and each that opens is closed. */
  readonly clean: boolean
}

/**
 * How a backslash in quotes is read. `any`: it quotes the next character (RFC 9110 §5.6.4); `quotes`: only a quotation
 * mark, as curl writes them; `none`: it is a character like any other, as browsers write it.
 */
export type Escapes = 'any' | 'quotes' | 'none'

/** `; name=value; name="quoted"` from an index on. Of a name given twice the first counts. Linear in its length. */
export function parametersOf(text: string, from: number, escapes: Escapes): ParsedParameters {
  const parameters = new Map<string, string>()
  let clean = true
  let at = from
  while (at < text.length) {
    at = skipBlanks(text, at)
    if (at === text.length) break
    if (text[at] !== ';') {
      clean = false
      at = indexOrEnd(text, ';', at)
      continue
    }
    const start = at + 1
    at = endOfName(text, start)
    const name = trimBlanks(text.slice(start, at)).toLowerCase()
    if (text[at] !== '=') {
      if (name !== '') clean = false
      continue
    }
    const first = skipBlanks(text, at + 1)
    const value = text[first] === '"' ? quoted(text, first + 1, escapes) : bare(text, first)
    if (!value.clean) clean = false
    if (name !== '' && !parameters.has(name)) parameters.set(name, value.text)
    at = value.end
  }
  return { parameters, clean }
}

interface Value {
  readonly text: string
  readonly end: number
  readonly clean: boolean
}

function bare(text: string, from: number): Value {
  const end = indexOrEnd(text, ';', from)
  const value = trimBlanks(text.slice(from, end))
  return { text: value, end, clean: !value.includes('"') }
}

function quoted(text: string, from: number, escapes: Escapes): Value {
  const pieces: string[] = []
  let start = from
  let at = from
  while (at < text.length && text[at] !== '"') {
    const escaped = text[at] === '\\' && at + 1 < text.length
    if (escaped && (escapes === 'any' || (escapes === 'quotes' && text[at + 1] === '"'))) {
      pieces.push(text.slice(start, at))
      start = at + 1
      at += 1
    }
    at += 1
  }
  pieces.push(text.slice(start, at))
  return { text: pieces.join(''), end: at + 1, clean: at < text.length }
}

function endOfName(text: string, from: number): number {
  let at = from
  while (at < text.length && text[at] !== '=' && text[at] !== ';') at += 1
  return at
}

function indexOrEnd(text: string, character: string, from: number): number {
  const at = text.indexOf(character, from)
  return at === -1 ? text.length : at
}

function skipBlanks(text: string, from: number): number {
  let at = from
  while (text[at] === ' ' || text[at] === '\t') at += 1
  return at
}

/** Takes spaces and tabs off both ends. A regular expression would be quadratic in the spaces inside. */
export function trimBlanks(text: string): string {
  const start = skipBlanks(text, 0)
  let end = text.length
  while (end > start && (text[end - 1] === ' ' || text[end - 1] === '\t')) end -= 1
  return text.slice(start, end)
}
