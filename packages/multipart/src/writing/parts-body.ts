import { BodyError, parseMediaType, type OpenOptions } from '@halyard/core'
import type { Content } from './content.ts'
import type { MultipartBody } from './multipart-body.ts'
import { PieceIterator, type Piece } from './piece-iterator.ts'

/** Pieces are joined up to here: a message of small parts is one write. */
const joinBytes = 65_536

/** A multipart body, as `multipart` makes it. */
export class PartsBody implements MultipartBody {
  readonly contentType: string
  readonly length: number | undefined
  readonly replayable: boolean
  readonly boundary: string
  readonly #pieces: readonly Piece[]
  /** Whether somebody chose the boundary: one of ours occurs nowhere by chance. */
  readonly #isChosen: boolean
  #opened = false

  constructor(contentType: string, boundary: string, pieces: readonly Piece[], isChosen: boolean) {
    this.contentType = contentType
    this.boundary = boundary
    this.length = lengthOf(pieces)
    this.replayable = pieces.every((piece) => piece instanceof Uint8Array || piece.body.replayable)
    this.#pieces = joined(pieces)
    this.#isChosen = isChosen
  }

  open(options?: OpenOptions): Uint8Array | AsyncIterable<Uint8Array> {
    if (this.#opened && !this.replayable) {
      throw new TypeError('a part of this body is a stream and was sent already; give a function that makes it')
    }
    this.#opened = true
    const [only] = this.#pieces
    if (this.#pieces.length === 1 && only instanceof Uint8Array) return only
    return { [Symbol.asyncIterator]: () => new PieceIterator(this.#pieces, (bytes) => this.#check(bytes), options) }
  }

  discard(): void {
    if (this.#opened) return
    this.#opened = true
    for (const piece of this.#pieces) if (!(piece instanceof Uint8Array)) piece.letGo()
  }

  /** Whether bytes occur in what is known of the message without opening anything. */
  holds(needle: Buffer): boolean {
    return this.#pieces.some((piece) =>
      piece instanceof Uint8Array ? includes(piece, needle) : contentHolds(piece, needle),
    )
  }

  #check(bytes: Uint8Array): void {
    if (!this.#isChosen || !includes(bytes, dashBoundary(this.boundary))) return
    throw new BodyError('the boundary that was given occurs in a part of the multipart body', {
      code: 'encode',
      sent: 'maybe',
      target: '',
    })
  }
}

export function dashBoundary(boundary: string): Buffer {
  return Buffer.from(`--${boundary}`, 'latin1')
}

/** Whether bytes occur in a content, as far as it is known; of a message that somebody else made, its boundary is. */
export function contentHolds({ known, body }: Content, needle: Buffer): boolean {
  if (known !== undefined) return includes(known, needle)
  if (body instanceof PartsBody) return body.holds(needle)
  const mediaType = parseMediaType(body.contentType)
  const boundary = mediaType?.type === 'multipart' ? mediaType.parameters.get('boundary') : undefined
  return boundary !== undefined && dashBoundary(boundary).includes(needle)
}

function includes(bytes: Uint8Array, needle: Buffer): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(needle)
}

function lengthOf(pieces: readonly Piece[]): number | undefined {
  let length = 0
  for (const piece of pieces) {
    const size = piece instanceof Uint8Array ? piece.byteLength : piece.body.length
    if (size === undefined) return undefined
    length += size
  }
  return length
}

/** Neighbours in memory become one piece, so long as that is no large copy. */
function joined(pieces: readonly Piece[]): Piece[] {
  const result: Piece[] = []
  let gathered: Uint8Array[] = []
  let size = 0
  const flush = (): void => {
    if (gathered.length > 0)
      result.push(gathered.length === 1 ? (gathered[0] ?? new Uint8Array()) : Buffer.concat(gathered))
    gathered = []
    size = 0
  }
  for (const piece of pieces) {
    const bytes = piece instanceof Uint8Array ? piece : piece.known
    if (bytes === undefined || size + bytes.byteLength > joinBytes) flush()
    if (bytes === undefined) result.push(piece)
    else {
      gathered.push(bytes)
      size += bytes.byteLength
    }
  }
  flush()
  return result
}
