import { bodyTaken, type ResponseBody } from '@halyard/core'
import { TransformedBody } from '../body/transformed-body.ts'
import type { ContentCoding } from './content-coding.ts'
import type { DecodeLimits } from './decode-ledger.ts'
import { decodeNow } from './decode-now.ts'
import { decodedChunks, type DecodePlan } from './decoded-chunks.ts'
import { EncodedSource, type EncodedListener } from './encoded-source.ts'

/** A body, what it is decoded by, and its limits. */
export interface DecodedBodyInit extends DecodePlan {
  readonly inner: ResponseBody
  /** Of a body that is read whole. */
  readonly wholeLimits: DecodeLimits
  /** Of one that is read as it comes. */
  readonly streamLimits: DecodeLimits
}

/**
 * A response body without its content codings. Reading it fails with a `BodyError`: `decode` for what is malformed, cut
 * short or goes on after its end, `too-large` beyond a limit.
 */
export class DecodedBody extends TransformedBody {
  readonly #init: DecodedBodyInit
  readonly #source: EncodedSource
  readonly #reading: { isWhole: boolean }
  #taken = false

  constructor(init: DecodedBodyInit) {
    const source = new EncodedSource(init.inner)
    const reading = { isWhole: false }
    super({
      inner: init.inner,
      open: () => {
        const limits = reading.isWhole ? init.wholeLimits : init.streamLimits
        const chunks = decodedChunks(source.open(), init, limits)
        return { [Symbol.asyncIterator]: () => chunks }
      },
      maxBytes: init.wholeLimits.maxBytes,
      target: init.target,
    })
    this.#init = init
    this.#source = source
    this.#reading = reading
  }

  /** The codings that are taken off, in the order in which they were applied (RFC 9110 §8.4). */
  get codings(): readonly ContentCoding[] {
    return this.#init.codings
  }

  /**
   * Taps the bytes before they are decoded, for digests and progress: each chunk once, from the first that is read. What a
   * listener throws, the reading throws.
   */
  onEncoded(listener: EncodedListener): void {
    this.#source.onEncoded(listener)
  }

  /** Only of a short body, which takes no time to decode. Of one that cannot be decoded, reading it says why. */
  takeBuffered(): Uint8Array | undefined {
    const { codings, maxCodings, wholeLimits } = this.#init
    if (this.#taken || codings.length > maxCodings) return undefined
    const whole = this.#source.decodeWhole((encoded) => decodeNow(encoded, codings, wholeLimits.maxBytes))
    if (whole !== undefined) this.#taken = true
    return whole
  }

  override async bytes(): Promise<Uint8Array> {
    const whole = this.takeBuffered()
    if (whole !== undefined) return whole
    this.#reading.isWhole = true
    return await super.bytes()
  }

  override stream(): AsyncIterable<Uint8Array> {
    if (this.#taken) throw bodyTaken(this.#init.target)
    this.#taken = true
    return super.stream()
  }

  override discard(): Promise<void> {
    this.#taken = true
    this.#source.discard()
    return super.discard()
  }
}
