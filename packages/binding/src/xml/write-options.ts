import { ConfigError } from '@halyard/core'
import { boolean, guarded, integer, type OptionSpec } from '@halyard/core/options'
import { ownOption } from '../reading/own-option.ts'
import { isXmlName } from './characters.ts'

/** How XML is written; each has a default. */
export interface XmlWriteOptions {
  /** The name of the root element, whose content the value is then. Default: the value's only key. */
  readonly root?: string | undefined
  /** Whether the document begins with an XML declaration. Default `true`. */
  readonly declaration?: boolean | undefined
  /** How many blanks each level of elements is moved in by, 0 to 16; elements with text stay as they are. Default 0. */
  readonly indent?: number | undefined
  /** Namespaces by prefix, declared on the root element; the prefix `''` is the default namespace. Default: none. */
  readonly namespaces?: Readonly<Record<string, string>> | undefined
}

/** The options as checked, with their defaults. */
export interface XmlStyle {
  readonly root: string | undefined
  readonly declaration: boolean
  readonly indent: number
  /** Attributes that declare them. */
  readonly namespaces: ReadonlyMap<string, string>
}

const elementName: OptionSpec<string> = guarded(
  (value): value is string => typeof value === 'string' && isXmlName(value),
  'an XML name',
)

/** @throws ConfigError for a value that the option does not take. */
export function xmlStyle(options: XmlWriteOptions): XmlStyle {
  return {
    root: ownOption(options, 'root', elementName),
    declaration: ownOption(options, 'declaration', boolean) ?? true,
    indent: ownOption(options, 'indent', integer({ min: 0, max: 16 })) ?? 0,
    namespaces: ownOption(options, 'namespaces', declarations) ?? new Map<string, string>(),
  }
}

const xmlUri = 'http://www.w3.org/XML/1998/namespace'
const xmlnsUri = 'http://www.w3.org/2000/xmlns/'

/** Namespaces in XML 1.0 §3: a prefix is a name without a colon, is bound to something, and is not `xmlns`. */
const declarations: OptionSpec<ReadonlyMap<string, string>> = (value, option) => {
  if (typeof value !== 'object' || value === null) {
    throw new ConfigError({ option, value, expected: 'an object of namespaces by prefix' })
  }
  const attributes = new Map<string, string>()
  for (const [prefix, uri] of Object.entries(value)) {
    const path = `${option}.${prefix}`
    if (prefix !== '' && (!isXmlName(prefix) || prefix.includes(':') || prefix === 'xmlns')) {
      throw new ConfigError({ option: path, value: prefix, expected: 'a prefix that is an XML name without a colon' })
    }
    const bound: unknown = uri
    if (typeof bound !== 'string' || (bound === '' && prefix !== '') || bound === xmlnsUri) {
      throw new ConfigError({ option: path, value: bound, expected: 'the name of a namespace' })
    }
    if ((prefix === 'xml') !== (bound === xmlUri)) {
      throw new ConfigError({ option: path, value: bound, expected: `${xmlUri} for the prefix xml, and for no other` })
    }
    attributes.set(prefix === '' ? 'xmlns' : `xmlns:${prefix}`, bound)
  }
  return attributes
}
