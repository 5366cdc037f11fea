import { ConfigError } from '@halyard/core'
import type { BindingOptions } from '../reading/binding-options.ts'
import type { Source } from '../reading/source.ts'
import { isXmlName } from './characters.ts'
import { xmlLimits, type XmlLimits, type XmlReadOptions } from './read-options.ts'
import { TextWindow } from './text-window.ts'
import { TreeBuilder } from './tree-builder.ts'
import { checkXmlType } from './xml-media-type.ts'
import { XmlReader } from './xml-reader.ts'
import type { XmlSink } from './xml-sink.ts'
import type { XmlValue } from './xml-value.ts'

export type XmlRecordsOptions = BindingOptions & Omit<XmlReadOptions, 'root'>

/** How much of a document is parsed before its records are handed on, in bytes. */
const stretch = 16_384
/** The default of `maxBytes`, which bounds each record here. */
const maxRecord = 16 * 1024 * 1024

/**
 * The elements at `path` (`feed/entry`: names from the root element down) of a document of any length, one after the
 * other, each without its own name. What lies beside the path is parsed and left out. Memory is bounded by one record
 * and one chunk: here `maxBytes` (default 16 MiB) is the most that one record may hold, in characters of decoded text,
 * and `maxExpansions` counts anew for each.
 *
 * Records come before the rest of the document is known to be well-formed: what is wrong is thrown where it is met.
 * @throws DecodeError with line and column: not well-formed, a DOCTYPE, another root, or beyond a limit.
 * @throws ConfigError at once for a wrong path or option.
 */
export function xmlRecords(
  chunks: AsyncIterable<Uint8Array>,
  path: string,
  source: Source,
  options: XmlRecordsOptions = {},
): AsyncIterable<XmlValue> {
  // Callers without types may give anything.
  const segments = String(path).split('/')
  if (typeof path !== 'string' || !segments.every((segment) => isXmlName(segment))) {
    throw new ConfigError({ option: 'path', value: path, expected: 'names of elements with / between them' })
  }
  const limits = xmlLimits(options)
  return records(chunks, segments, source, options, limits)
}

async function* records(
  chunks: AsyncIterable<Uint8Array>,
  segments: readonly string[],
  source: Source,
  options: XmlRecordsOptions,
  limits: XmlLimits,
): AsyncGenerator<XmlValue, void, undefined> {
  checkXmlType(source, options)
  const window = new TextWindow(source, limits.excerptBytes)
  const max = limits.maxBytes ?? maxRecord
  const found = new RecordSink(window, limits, segments, max, () => reader.restartCount())
  const reader: XmlReader = new XmlReader(window, found, limits, source, max)
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += stretch) {
      reader.write(chunk.subarray(at, at + stretch))
      yield* found.take()
    }
  }
  reader.end()
  yield* found.take()
}

/** Builds the elements at a path, and nothing else. */
class RecordSink implements XmlSink {
  readonly #window: TextWindow
  readonly #segments: readonly string[]
  readonly #max: number
  readonly #onRecord: () => void
  readonly #tree: TreeBuilder
  #ready: XmlValue[] = []
  #depth = 0
  /** How many of the open elements, from the root on, are on the path. */
  #matched = 0
  #size = 0

  constructor(window: TextWindow, limits: XmlLimits, segments: readonly string[], max: number, onRecord: () => void) {
    this.#window = window
    this.#segments = segments
    this.#max = max
    this.#onRecord = onRecord
    this.#tree = new TreeBuilder(window, limits.prototypeKeys, detached)
  }

  /** The records since the last time. */
  take(): readonly XmlValue[] {
    const ready = this.#ready
    if (ready.length > 0) this.#ready = []
    return ready
  }

  open(name: string, attributes: readonly string[]): void {
    if (this.#tree.building) this.#build(name, attributes)
    else if (this.#matched === this.#depth && this.#segments[this.#depth] === name) {
      this.#matched += 1
      if (this.#matched === this.#segments.length) this.#build(name, attributes)
    } else if (this.#depth === 0) this.#window.fail(`has another root element than ${this.#segments[0] ?? ''}`)
    this.#depth += 1
  }

  text(piece: string, literal: boolean): void {
    if (!this.#tree.building) return
    this.#count(piece.length)
    this.#tree.text(piece, literal)
  }

  close(): void {
    this.#depth -= 1
    if (this.#tree.building) {
      this.#tree.close()
      if (this.#tree.building) return
      if (this.#tree.result !== undefined) this.#ready.push(this.#tree.result)
      this.#size = 0
      this.#onRecord()
    }
    this.#matched = Math.min(this.#matched, this.#depth)
  }

  #build(name: string, attributes: readonly string[]): void {
    // An element costs something even where it is empty.
    let size = name.length + 16
    for (const one of attributes) size += one.length
    this.#count(size)
    this.#tree.open(name, attributes)
  }

  #count(size: number): void {
    this.#size += size
    if (this.#size > this.#max) {
      this.#window.fail(`has a record of more than ${this.#max} characters (maxBytes)`, undefined, {
        code: 'too-large',
      })
    }
  }
}

/**
 * A copy: what is cut out of a long text may hold on to all of it, and whoever keeps a field of each record would keep
 * the whole document. Short strings are copied by the engine itself.
 */
function detached(text: string): string {
  return text.length < 13 ? text : ` ${text}`.slice(1)
}
