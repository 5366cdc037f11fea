import type { BindingOptions } from '../reading/binding-options.ts'
import { DecodeError } from '../reading/decode-error.ts'
import type { Source } from '../reading/source.ts'
import { xmlLimits, type XmlLimits, type XmlReadOptions } from './read-options.ts'
import { TextWindow } from './text-window.ts'
import { isForbidden, put, refuseKey, TreeBuilder } from './tree-builder.ts'
import { XmlReader } from './xml-reader.ts'
import { checkXmlType } from './xml-media-type.ts'
import type { XmlValue } from './xml-value.ts'

/**
 * Decodes an XML document, which has to be well-formed, to a plain value: an object whose only key is the root
 * element, or, with `root`, the root element's value.
 * @throws DecodeError with line and column: not well-formed, a DOCTYPE, another root, or beyond a limit; for a content
 * type that is not XML.
 * @throws ConfigError for a wrong option.
 */
export function decodeXml(bytes: Uint8Array, source: Source, options: BindingOptions & XmlReadOptions = {}): XmlValue {
  const limits = xmlLimits(options)
  checkXmlType(source, options)
  if (limits.maxBytes !== undefined && bytes.length > limits.maxBytes) {
    throw new DecodeError(source, `is longer than ${limits.maxBytes} bytes (maxBytes)`, {
      code: 'too-large',
      receivedBytes: bytes.length,
    })
  }
  const window = new TextWindow(source, limits.excerptBytes)
  const tree = new DocumentTree(window, limits)
  const reader = new XmlReader(window, tree, limits, source, Infinity)
  reader.write(bytes)
  reader.end()
  return tree.document
}

/** The tree of a whole document, with the root element's name as its key or without. */
class DocumentTree extends TreeBuilder {
  readonly #window: TextWindow
  readonly #limits: XmlLimits
  #root = ''

  constructor(window: TextWindow, limits: XmlLimits) {
    super(window, limits.prototypeKeys, (text) => text)
    this.#window = window
    this.#limits = limits
  }

  override open(name: string, attributes: readonly string[]): void {
    if (!this.building) this.#checkRoot(name)
    super.open(name, attributes)
  }

  get document(): XmlValue {
    const value = this.result ?? ''
    if (this.#limits.root !== undefined) return value
    const document: Record<string, XmlValue> = {}
    if (!isForbidden(this.#root, value)) put(document, this.#root, value)
    return document
  }

  #checkRoot(name: string): void {
    const { root, prototypeKeys } = this.#limits
    this.#root = name
    if (root === undefined && name === '__proto__' && prototypeKeys === 'error') refuseKey(this.#window)
    if (root !== undefined && name !== root) this.#window.fail(`has another root element than ${root}`)
  }
}
