import { BodyError, describePath } from '@halyard/core'
import { describeSource, type Source } from './source.ts'

/** Where a decoder stumbled; lines and columns count from 1, in characters of the decoded text. */
export interface Place {
  readonly line: number
  readonly column: number
}

export interface DecodeFacts {
  readonly place?: Place | undefined
  /** Keys and indexes on the way to what was wrong, where the decoder knows them. */
  readonly path?: readonly PropertyKey[] | undefined
  /** A piece of the payload; the caller has cut it to `excerptBytes`. */
  readonly excerpt?: string | undefined
  readonly code?: 'decode' | 'too-large'
  readonly receivedBytes?: number
}

/**
 * A payload is not what it should be: not well-formed, in an unknown charset, too deep, or of another media type.
 * The message quotes the payload only in its excerpt, which `excerptBytes: 0` turns off.
 */
export class DecodeError extends BodyError {
  readonly line: number | undefined
  readonly column: number | undefined
  readonly path: readonly PropertyKey[] | undefined
  /** Which part of a multipart response it was. */
  readonly part: string | undefined

  constructor(source: Source, words: string, facts: DecodeFacts = {}) {
    const { place, path, excerpt, code = 'decode', receivedBytes = 0 } = facts
    const at = place === undefined ? '' : ` (line ${place.line}, column ${place.column})`
    const under = path === undefined || path.length === 0 ? '' : ` at ${describePath(path)}`
    const quoted = excerpt === undefined || excerpt === '' ? '' : `; near ${JSON.stringify(excerpt)}`
    super(`${source.target}: ${describeSource(source)} ${words}${under}${at}${quoted}`, {
      code,
      sent: 'yes',
      target: source.target,
      receivedBytes,
    })
    this.line = place?.line
    this.column = place?.column
    this.path = path
    this.part = source.part
  }
}
