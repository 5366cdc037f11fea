import { decoder, isZlib, type Codec } from './codec.ts'
import type { ContentCoding } from './content-coding.ts'
import type { DecodeLedger } from './decode-ledger.ts'
import type { Coder } from './transcoder.ts'
import { ZstdFault, ZstdFrames } from './zstd-frames.ts'

/** Where a coding stands among those of a body: `isFirst` meets the wire, what comes out of `isLast` the reader gets. */
export interface DecodingPlace {
  readonly isFirst: boolean
  readonly isLast: boolean
}

/** Takes one content coding off. */
export class Decoding implements Coder {
  readonly #coding: ContentCoding
  readonly #ledger: DecodeLedger
  readonly #place: DecodingPlace
  readonly #frames: ZstdFrames | undefined
  #decodedBytes = 0

  constructor(coding: ContentCoding, ledger: DecodeLedger, place: DecodingPlace) {
    this.#coding = coding
    this.#ledger = ledger
    this.#place = place
    this.#frames = coding === 'zstd' ? new ZstdFrames() : undefined
  }

  start(head: Uint8Array, isWhole: boolean): Codec | undefined {
    if (this.#coding !== 'deflate') return decoder(this.#coding, false)
    const [first, second] = head
    // By the RFC it is zlib; some servers send the bare thing.
    if (first !== undefined && second !== undefined) return decoder('deflate', !isZlib(first, second))
    return isWhole ? decoder('deflate', true) : undefined
  }

  pieces(chunk: Uint8Array): Iterable<Uint8Array> {
    if (this.#place.isFirst) this.#ledger.came(chunk.byteLength)
    return this.#frames === undefined ? [chunk] : this.#framePieces(chunk, this.#frames)
  }

  made(chunk: Uint8Array): void {
    this.#decodedBytes += chunk.byteLength
    this.#ledger.check(this.#decodedBytes, this.#place.isLast)
  }

  after(bytes: Uint8Array): void {
    // As gzip(1) does: a file is padded to the size of a block.
    if (this.#coding === 'gzip' && isPadding(bytes)) return
    throw this.#ledger.malformed(`goes on after the end of its ${this.#coding} coding`)
  }

  ended(): void {
    if (this.#frames?.isBetweenFrames === false) throw this.#cutShort()
  }

  failed(failure: unknown): unknown {
    const code = failure instanceof Error && 'code' in failure ? failure.code : undefined
    if (code === 'Z_BUF_ERROR') return this.#cutShort(failure)
    if (code === 'ZSTD_error_frameParameter_windowTooLarge') return this.#ledger.windowTooLarge()
    return this.#malformed(failure)
  }

  *#framePieces(chunk: Uint8Array, frames: ZstdFrames): Generator<Uint8Array> {
    let start = 0
    while (start < chunk.byteLength) {
      const end = this.#endOfFrame(chunk, start, frames)
      yield chunk.subarray(start, end)
      start = end
    }
  }

  #endOfFrame(chunk: Uint8Array, start: number, frames: ZstdFrames): number {
    try {
      return frames.endOfFrame(chunk, start) ?? chunk.byteLength
    } catch (fault) {
      throw fault instanceof ZstdFault ? this.#malformed(fault) : fault
    }
  }

  #cutShort(cause?: unknown): Error {
    return this.#ledger.malformed(`is cut short: its ${this.#coding} coding has no end`, cause)
  }

  #malformed(failure: unknown): Error {
    const why = failure instanceof Error ? failure.message : 'unknown'
    return this.#ledger.malformed(`is malformed: its ${this.#coding} coding has a fault (${why})`, failure)
  }
}

function isPadding(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0)
}
