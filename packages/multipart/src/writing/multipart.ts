import { ConfigError, isToken, parseMediaType } from '@halyard/core'
import { optionObject, string } from '@halyard/core/options'
import { bareId } from '../headers/content-id.ts'
import { checkBoundary, newBoundary } from './boundary.ts'
import { formParts, type FormValues } from './form-parts.ts'
import type { MultipartBody } from './multipart-body.ts'
import { contentHolds, dashBoundary, PartsBody } from './parts-body.ts'
import { contentOf, type Content } from './content.ts'
import { partHead, type PartHead } from './part-head.ts'
import { partInit } from './checked-part.ts'
import type { PartInit } from './part-init.ts'
import type { Piece } from './piece-iterator.ts'

export interface MultipartOptions {
  /**
   * `form-data`, `mixed`, `alternative`, `related`, `parallel`, or any other token.
   * @defaultValue 'form-data'
   */
  readonly subtype?: string | undefined
  /**
   * At most 70 characters, as RFC 2046 has them. Refused where it occurs in what is known of the parts.
   * @defaultValue 128 random bits
   */
  readonly boundary?: string | undefined
  /** `related` only: the content id of the part that the others belong to. @defaultValue the first one */
  readonly start?: string | undefined
}

const readOptions = optionObject({ subtype: string, boundary: string, start: string })

/**
 * A multipart body (RFC 2046): `multipart/form-data` of an object's values or of parts, or any other subtype of parts. Its
 * length is known where that of every part is; it can be sent again where every part can.
 *
 * @example
 * ```ts
 * multipart({ title: 'Cats', tags: ['cute', 'grey'], photo: filePart('cat.jpg') })
 * multipart([{ body: 'See below.' }, jsonPart({ id: 7 })], { subtype: 'mixed' })
 * ```
 * @throws ConfigError for a wrong option, a part that is none, and for what no header may hold.
 */
export function multipart(parts: FormValues | Iterable<PartInit>, options: MultipartOptions = {}): MultipartBody {
  const given = readOptions(options, '')
  const subtype = (given.subtype ?? 'form-data').toLowerCase()
  if (!isToken(subtype)) throw new ConfigError({ option: 'subtype', value: subtype, expected: 'a token such as mixed' })
  const boundary = given.boundary === undefined ? newBoundary() : checkBoundary(given.boundary)
  const made = listOf(parts, subtype).map((part, index) => makePart(part, subtype, `parts[${index}]`))
  const isChosen = given.boundary !== undefined
  if (isChosen) refuseInside(boundary, made)
  const type = contentType(subtype, boundary, relatedParameters(subtype, given.start, made))
  return new PartsBody(type, boundary, piecesOf(made, boundary), isChosen)
}

interface MadePart {
  readonly head: PartHead
  readonly content: Content
}

function makePart(part: PartInit, subtype: string, option: string): MadePart {
  const checked = partInit(part, option)
  const given = contentOf(checked.body, subtype === 'form-data', `${option}.body`)
  const { body } = given
  const content = body instanceof PartsBody ? { ...given, letGo: () => body.discard() } : given
  return { head: partHead(checked, content, subtype, option), content }
}

function listOf(parts: FormValues | Iterable<PartInit>, subtype: string): readonly PartInit[] {
  if (typeof parts !== 'object' || parts === null) {
    throw new ConfigError({ option: 'parts', value: parts, expected: 'a list of parts, or an object of values' })
  }
  if (isList(parts)) return [...parts]
  if (subtype === 'form-data') return formParts(parts)
  throw new ConfigError({ option: 'parts', value: parts, expected: 'a list of parts, for any subtype but form-data' })
}

function isList(parts: FormValues | Iterable<PartInit>): parts is Iterable<PartInit> {
  return Symbol.iterator in parts
}

function refuseInside(boundary: string, parts: readonly MadePart[]): void {
  const needle = dashBoundary(boundary)
  const text = needle.toString('latin1')
  const at = parts.findIndex(({ head, content }) => head.text.includes(text) || contentHolds(content, needle))
  if (at === -1) return
  throw new ConfigError({ option: 'boundary', value: boundary, expected: `one that does not occur in parts[${at}]` })
}

/** RFC 2387: the type of the root part, and which one it is. */
function relatedParameters(subtype: string, start: string | undefined, parts: readonly MadePart[]): [string, string][] {
  if (subtype !== 'related') {
    if (start === undefined) return []
    throw new ConfigError({ option: 'start', value: start, expected: "nothing, for any subtype but 'related'" })
  }
  const id = bareId(start)
  const root = id === undefined ? parts[0] : parts.find(({ head }) => head.contentId === id)
  if (id !== undefined && root === undefined) {
    throw new ConfigError({ option: 'start', value: start, expected: 'the contentId of one of the parts' })
  }
  const type = parseMediaType(root?.head.mediaType)?.essence
  return [...pair('type', type), ...pair('start', id === undefined ? undefined : `<${id}>`)]
}

function pair(name: string, value: string | undefined): [string, string][] {
  return value === undefined ? [] : [[name, value]]
}

function contentType(subtype: string, boundary: string, parameters: readonly [string, string][]): string {
  return [
    `multipart/${subtype}`,
    ...[['boundary', boundary] as const, ...parameters].map(([name, value]) => `${name}=${quoted(value)}`),
  ].join('; ')
}

function quoted(value: string): string {
  return isToken(value) ? value : `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`
}

const encoder = new TextEncoder()

function piecesOf(parts: readonly MadePart[], boundary: string): Piece[] {
  const pieces: Piece[] = []
  for (const [index, { head, content }] of parts.entries()) {
    pieces.push(encoder.encode(`${index === 0 ? '' : '\r\n'}--${boundary}\r\n${head.text}`), content)
  }
  pieces.push(encoder.encode(`${parts.length === 0 ? '' : '\r\n'}--${boundary}--\r\n`))
  return pieces
}
