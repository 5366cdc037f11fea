import { integer, oneOf, string } from '@halyard/core/options'
import type { BindingOptions } from '../reading/binding-options.ts'
import { ownOption } from '../reading/own-option.ts'

/** How XML is read; each has a default. */
export interface XmlReadOptions {
  /** The name of the root element: it is taken off the value, and another root is an error. Default: kept as a key. */
  readonly root?: string | undefined
  /**
   * `internal` allows a DOCTYPE with an internal subset and expands the general entities that it declares. External
   * and parameter entities are refused always; nothing is ever fetched. Default `refuse`.
   */
  readonly doctype?: 'refuse' | 'internal' | undefined
  /**
   * `keep` leaves names as they are written, prefixes and `xmlns` attributes too. `strip` resolves prefixes, refuses
   * unbound ones, and takes prefixes and `xmlns` attributes off. Default `keep`.
   */
  readonly namespaces?: 'keep' | 'strip' | undefined
  /** How many numeric and entity references a document (or a record of a stream) may hold. Default 10,000. */
  readonly maxExpansions?: number | undefined
}

/** The options as checked, with their defaults. */
export interface XmlLimits {
  readonly root: string | undefined
  readonly doctype: 'refuse' | 'internal'
  readonly namespaces: 'keep' | 'strip'
  readonly maxExpansions: number
  readonly maxDepth: number
  readonly maxBytes: number | undefined
  readonly excerptBytes: number
  readonly prototypeKeys: 'error' | 'drop'
}

type Options = BindingOptions & XmlReadOptions

/** Reads what concerns XML of `options`. @throws ConfigError for a value that the option does not take. */
export function xmlLimits(options: Options): XmlLimits {
  return {
    root: ownOption(options, 'root', string),
    doctype: ownOption(options, 'doctype', oneOf('refuse', 'internal')) ?? 'refuse',
    namespaces: ownOption(options, 'namespaces', oneOf('keep', 'strip')) ?? 'keep',
    maxExpansions: ownOption(options, 'maxExpansions', integer({ min: 0 })) ?? 10_000,
    maxDepth: ownOption(options, 'maxDepth', integer({ min: 1 })) ?? 500,
    maxBytes: ownOption(options, 'maxBytes', integer({ min: 0 })),
    excerptBytes: ownOption(options, 'excerptBytes', integer({ min: 0 })) ?? 256,
    prototypeKeys: ownOption(options, 'prototypeKeys', oneOf('error', 'drop')) ?? 'error',
  }
}
