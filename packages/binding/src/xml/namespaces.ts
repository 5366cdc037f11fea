import { isQualified } from './characters.ts'
import type { TextWindow } from './text-window.ts'
import type { XmlSink } from './xml-sink.ts'

const xmlUri = 'http://www.w3.org/XML/1998/namespace'
const xmlnsUri = 'http://www.w3.org/2000/xmlns/'
/** Its attributes keep the prefix `xsi`, whichever the document gave it: `@xsi:nil` is known by its name. */
export const schemaInstanceUri = 'http://www.w3.org/2001/XMLSchema-instance'

/** Resolves prefixes and takes them off the names: what `namespaces: 'strip'` means (Namespaces in XML 1.0). */
export class NamespaceStripper implements XmlSink {
  readonly #window: TextWindow
  readonly #inner: XmlSink
  readonly #bound = new Map<string, string>([['xml', xmlUri]])
  /** For each open element what its declarations replaced, to be put back; most have none. */
  readonly #undo: (readonly [string, string | undefined][] | undefined)[] = []

  constructor(window: TextWindow, inner: XmlSink) {
    this.#window = window
    this.#inner = inner
  }

  open(name: string, attributes: readonly string[]): void {
    this.#undo.push(attributes.length === 0 ? undefined : this.#declare(attributes))
    this.#inner.open(this.#element(name), attributes.length === 0 ? attributes : this.#attributes(attributes))
  }

  text(piece: string, literal: boolean): void {
    this.#inner.text(piece, literal)
  }

  close(): void {
    this.#inner.close()
    for (const [prefix, earlier] of this.#undo.pop() ?? []) {
      if (earlier === undefined) this.#bound.delete(prefix)
      else this.#bound.set(prefix, earlier)
    }
  }

  #declare(attributes: readonly string[]): readonly [string, string | undefined][] | undefined {
    let undo: [string, string | undefined][] | undefined
    for (let index = 0; index < attributes.length; index += 2) {
      const name = attributes[index] ?? ''
      if (!name.startsWith('xmlns:')) continue
      const prefix = name.slice('xmlns:'.length)
      const uri = attributes[index + 1] ?? ''
      this.#checkBinding(name, prefix, uri)
      undo ??= []
      undo.push([prefix, this.#bound.get(prefix)])
      this.#bound.set(prefix, uri)
    }
    return undo
  }

  #checkBinding(name: string, prefix: string, uri: string): void {
    if (!isQualified(name)) this.#fail('a name with more than one colon, or a colon at its edge')
    if (uri === '') this.#fail('a prefix bound to nothing')
    if (prefix === 'xmlns' || uri === xmlnsUri) this.#fail('the prefix or the namespace of xmlns is bound')
    if ((prefix === 'xml') !== (uri === xmlUri)) this.#fail('the prefix xml and its namespace belong to each other')
  }

  #element(name: string): string {
    const colon = name.indexOf(':')
    if (colon === -1) return name
    if (name.startsWith('xmlns:')) this.#fail('an element with the prefix xmlns')
    this.#resolve(name, colon)
    return name.slice(colon + 1)
  }

  #resolve(name: string, colon: number): string {
    if (!isQualified(name)) this.#fail('a name with more than one colon, or a colon at its edge')
    return this.#bound.get(name.slice(0, colon)) ?? this.#fail('a prefix that is bound to no namespace')
  }

  #attributes(attributes: readonly string[]): readonly string[] {
    const stripped: string[] = []
    /** Names that are taken: those without a prefix come first, whichever their order. */
    const taken = new Set<string>()
    for (let index = 0; index < attributes.length; index += 2) taken.add(attributes[index] ?? '')
    const expanded = new Set<string>()
    for (let index = 0; index < attributes.length; index += 2) {
      const name = attributes[index] ?? ''
      const value = attributes[index + 1] ?? ''
      if (name === 'xmlns') this.#checkDefault(value)
      if (name === 'xmlns' || name.startsWith('xmlns:')) continue
      const colon = name.indexOf(':')
      stripped.push(colon === -1 ? name : this.#attribute(name, colon, taken, expanded), value)
    }
    return stripped
  }

  /** The local name, or the whole name where an attribute of another namespace has the local one already. */
  #attribute(name: string, colon: number, taken: Set<string>, expanded: Set<string>): string {
    const uri = this.#resolve(name, colon)
    const local = name.slice(colon + 1)
    const full = `${local} ${uri}`
    if (expanded.has(full)) this.#fail('two attributes of the same name in the same namespace')
    expanded.add(full)
    const key = uri === schemaInstanceUri ? `xsi:${local}` : local
    if (key !== name && taken.has(key)) return name
    taken.add(key)
    return key
  }

  #checkDefault(uri: string): void {
    if (uri === xmlUri || uri === xmlnsUri) this.#fail('a reserved namespace bound as the default')
  }

  #fail(words: string): never {
    return this.#window.fail(`is not well-formed as to namespaces: ${words}`)
  }
}
