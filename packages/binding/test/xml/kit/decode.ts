import { DecodeError } from '../../../src/reading/decode-error.ts'
import type { BindingOptions } from '../../../src/reading/binding-options.ts'
import type { Source } from '../../../src/reading/source.ts'
import { TextWindow } from '../../../src/xml/text-window.ts'
import { TreeBuilder } from '../../../src/xml/tree-builder.ts'
import { XmlReader } from '../../../src/xml/xml-reader.ts'
import { decodeXml, type XmlReadOptions, type XmlValue } from '../../../src/xml/index.ts'
import { xmlLimits } from '../../../src/xml/read-options.ts'

export type Options = BindingOptions & XmlReadOptions

export function sourceOf(mediaType = 'application/xml'): Source {
  return { target: 'GET https://api.test/feed', status: 200, mediaType }
}

export function decode(text: string | Uint8Array, options: Options = {}, mediaType?: string): XmlValue {
  return decodeXml(typeof text === 'string' ? Buffer.from(text) : text, sourceOf(mediaType), options)
}

/** What became of a document: a value, or an error's words, without what depends on the way it was cut. */
export type Outcome = { readonly value: XmlValue } | { readonly error: string }

export function outcomeOf(parse: () => XmlValue): Outcome {
  try {
    return { value: parse() }
  } catch (error) {
    if (error instanceof DecodeError) return { error: error.message.replace(/; near ".*$/s, '') }
    throw error
  }
}

/** The root element's value, from a document that came in pieces. */
export function decodePieces(pieces: Iterable<Uint8Array>, options: Options = {}, mediaType?: string): XmlValue {
  const limits = xmlLimits(options)
  const source = sourceOf(mediaType)
  const window = new TextWindow(source, limits.excerptBytes)
  const tree = new TreeBuilder(window, limits.prototypeKeys, (text) => text)
  const reader = new XmlReader(window, tree, limits, source, Infinity)
  for (const piece of pieces) reader.write(piece)
  reader.end()
  return tree.result ?? ''
}

/** The error that a document leads to; a document without one fails the test. */
export function refusal(text: string | Uint8Array, options: Options = {}, mediaType?: string): DecodeError {
  try {
    decode(text, options, mediaType)
  } catch (error) {
    if (error instanceof DecodeError) return error
    throw error
  }
  throw new Error(`accepted: ${String(text).slice(0, 200)}`)
}

/** Each byte of its own. */
export function* singly(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1) yield bytes.subarray(at, at + 1)
}

/** What comes of a document as one piece, as text to compare. */
export function wholeOutcome(document: string | Uint8Array, options: Options = {}, mediaType?: string): string {
  return shown(
    document,
    outcomeOf(() => decodePieces([Buffer.from(document)], options, mediaType)),
  )
}

/** All that comes of a document in single bytes, and cut in two at every byte. */
export function cutOutcomes(document: string | Uint8Array, options: Options = {}, mediaType?: string): Set<string> {
  const bytes = Buffer.from(document)
  const outcomes = new Set([
    shown(
      document,
      outcomeOf(() => decodePieces(singly(bytes), options, mediaType)),
    ),
  ])
  for (let cut = 1; cut < bytes.length; cut += 1) {
    const pieces = [bytes.subarray(0, cut), bytes.subarray(cut)]
    outcomes.add(
      shown(
        document,
        outcomeOf(() => decodePieces(pieces, options, mediaType)),
      ),
    )
  }
  return outcomes
}

function shown(document: string | Uint8Array, outcome: Outcome): string {
  return JSON.stringify([Buffer.from(document).toString('latin1'), outcome])
}
