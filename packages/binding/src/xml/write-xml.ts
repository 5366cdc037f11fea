import { BodyError, describePath } from '@halyard/core'
import { isBlank, isXmlName } from './characters.ts'
import { escapeAttribute, escapeText, isXmlText } from './escape.ts'
import { schemaInstanceUri } from './namespaces.ts'
import { xmlStyle, type XmlStyle, type XmlWriteOptions } from './write-options.ts'

/** How deep elements may nest. */
const maxDepth = 500

/**
 * Writes a value as an XML document, in the form that `decodeXml` reads: `@name` are attributes, `#text` is text, an
 * array is an element for each of its items. Numbers, bigints and booleans are written as their text, a `Date` as ISO
 * 8601, `null` as `xsi:nil="true"`; what is `undefined` is left out.
 * @throws BodyError with code `encode` for what XML has no form for: names that are not XML names, control characters
 * and lone surrogates, arrays within arrays, attributes that are objects, numbers that are not finite, cycles.
 * @throws ConfigError for a wrong option.
 */
export function writeXml(value: unknown, options: XmlWriteOptions = {}): string {
  const style = xmlStyle(options)
  const parts: string[] = []
  if (style.declaration) parts.push('<?xml version="1.0" encoding="UTF-8"?>', style.indent > 0 ? '\n' : '')
  const [name, content] = style.root === undefined ? onlyEntry(value) : [style.root, value]
  new Writer(style, parts).root(name, content)
  return parts.join('')
}

/** Without `root`, the value is an object of one key. */
function onlyEntry(value: unknown): readonly [string, unknown] {
  const entries = isObject(value) ? Object.entries(value).filter(([, member]) => member !== undefined) : []
  const [only] = entries
  if (only === undefined || entries.length > 1) {
    throw notXml('a document has one root element: give an object with one key, or the option root', [])
  }
  const [name, content] = only
  const single: unknown = Array.isArray(content) && content.length === 1 ? content[0] : content
  return [name, single]
}

class Writer {
  readonly #style: XmlStyle
  readonly #parts: string[]
  /** Keys and indexes down to what is being written. */
  readonly #path: string[] = []
  readonly #within = new Set<object>()
  #depth = 0

  constructor(style: XmlStyle, parts: string[]) {
    this.#style = style
    this.#parts = parts
  }

  root(name: string, content: unknown): void {
    if (content === undefined) this.#fail('a document needs a root element, and it is undefined')
    this.#path.push(name)
    if (Array.isArray(content)) this.#fail('the root element is an array: there can be one only')
    this.#element(name, content, this.#style.namespaces)
  }

  #element(name: string, content: unknown, declared: ReadonlyMap<string, string>): void {
    if (!isXmlName(name)) this.#fail('a key that is not an XML name')
    this.#parts.push('<', name)
    for (const [attribute, uri] of declared) this.#attribute(attribute, uri)
    if (content === null) this.#nil(declared)
    else if (isObject(content)) this.#members(name, content, declared)
    else this.#textOnly(name, this.#textOf(content))
  }

  #nil(declared: ReadonlyMap<string, string>): void {
    // Declared where it is used: a declaration on the root would be an attribute that the root does not know.
    const known = declared.get('xmlns:xsi') ?? this.#style.namespaces.get('xmlns:xsi')
    if (known === undefined) this.#attribute('xmlns:xsi', schemaInstanceUri)
    else if (known !== schemaInstanceUri) this.#fail('null, while the prefix xsi is bound to another namespace')
    this.#parts.push(' xsi:nil="true"/>')
  }

  #textOnly(name: string, text: string): void {
    if (text === '') this.#parts.push('/>')
    else this.#parts.push('>', escapeText(text), '</', name, '>')
  }

  #members(name: string, value: object, declared: ReadonlyMap<string, string>): void {
    if (this.#within.has(value)) this.#fail('a value that contains itself')
    this.#depth += 1
    if (this.#depth > maxDepth) this.#fail(`elements nested deeper than ${maxDepth}`)
    this.#within.add(value)
    const children: (readonly [string, unknown])[] = []
    let text: string | undefined
    for (const [key, member] of Object.entries(value)) {
      if (member === undefined) continue
      this.#path.push(key)
      if (key === '#text') text = this.#textOf(member)
      else if (key.startsWith('@')) this.#ownAttribute(key.slice(1), member, declared)
      else if (!Array.isArray(member)) children.push([key, member])
      else for (const item of member) children.push([key, item])
      this.#path.pop()
    }
    this.#content(name, children, text)
    this.#within.delete(value)
    this.#depth -= 1
  }

  #ownAttribute(name: string, value: unknown, declared: ReadonlyMap<string, string>): void {
    if (!isXmlName(name)) this.#fail('an attribute whose name is not an XML name')
    if (value === null || isObject(value) || Array.isArray(value)) {
      this.#fail('an attribute that is null, an array or an object')
    }
    const text = this.#textOf(value)
    if (!declared.has(name)) this.#attribute(name, text)
    else if (declared.get(name) !== text) this.#fail('an attribute that the option namespaces declares otherwise')
  }

  #attribute(name: string, text: string): void {
    if (!isXmlText(text)) this.#fail('a character that XML does not allow')
    this.#parts.push(' ', name, '="', escapeAttribute(text), '"')
  }

  #content(name: string, children: readonly (readonly [string, unknown])[], text: string | undefined): void {
    if (children.length === 0 && text === undefined) {
      this.#parts.push('/>')
      return
    }
    this.#parts.push('>')
    if (text !== undefined) this.#parts.push(besideOthers(text, children.length > 0))
    for (const [key, child] of children) {
      this.#path.push(key)
      if (text === undefined) this.#newLine(this.#depth)
      if (child === undefined) this.#fail('an array with an item that is undefined')
      if (Array.isArray(child)) this.#fail('an array within an array')
      this.#element(key, child, noneDeclared)
      this.#path.pop()
    }
    if (text === undefined) this.#newLine(this.#depth - 1)
    this.#parts.push('</', name, '>')
  }

  #newLine(depth: number): void {
    if (this.#style.indent > 0) this.#parts.push('\n', ' '.repeat(this.#style.indent * depth))
  }

  #textOf(value: unknown): string {
    if (typeof value === 'string') return isXmlText(value) ? value : this.#fail('a character that XML does not allow')
    if (typeof value === 'boolean' || typeof value === 'bigint') return String(value)
    if (typeof value === 'number') {
      if (!Number.isFinite(value)) this.#fail('a number that is not finite')
      return Object.is(value, -0) ? '-0' : String(value)
    }
    if (value instanceof Date) {
      return Number.isNaN(value.getTime()) ? this.#fail('a date that is none') : value.toISOString()
    }
    return this.#fail('a value that has no text')
  }

  #fail(words: string): never {
    throw notXml(words, this.#path)
  }
}

const noneDeclared: ReadonlyMap<string, string> = new Map()

/** Text that comes back: beside children, what is blank is left out unless it is written as a section or reference. */
function besideOthers(text: string, children: boolean): string {
  if (text === '' || (children && isBlank(text) && !text.includes('\r'))) return `<![CDATA[${text}]]>`
  return escapeText(text)
}

/** Objects whose keys are their content: no maps, dates or promises. */
function isObject(value: unknown): value is object {
  return typeof value === 'object' && Object.prototype.toString.call(value) === '[object Object]'
}

function notXml(words: string, path: readonly string[]): BodyError {
  const at = path.length === 0 ? '' : ` at ${describePath(path.slice(-16))}`
  return new BodyError(`the request body cannot be written as XML: ${words}${at}`, {
    code: 'encode',
    sent: 'no',
    target: '',
  })
}
