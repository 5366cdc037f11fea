import { BodyError } from '@halyard/core'

/** What the bytes of one body may come to, decoded. */
export interface DecodeLimits {
  /** Bytes that a reader gets; `Infinity` is no limit. */
  readonly maxBytes: number
  /** The option that says so. */
  readonly maxBytesOption: string
  /** Times the bytes on the wire. */
  readonly maxRatio: number
}

/** Below, every ratio is taken: short texts of one letter are no bombs. */
const ratioFloorBytes = 1_048_576

/** Counts one body while it is decoded, and holds it to its limits. */
export class DecodeLedger {
  readonly target: string
  readonly #limits: DecodeLimits
  #wireBytes = 0

  constructor(limits: DecodeLimits, target: string) {
    this.#limits = limits
    this.target = target
  }

  /** Counts bytes that came. @throws BodyError `too-large` beyond what could be allowed decoded */
  came(bytes: number): void {
    this.#wireBytes += bytes
    if (this.#wireBytes > withSlack(this.#limits.maxBytes)) throw this.#tooManyBytes()
  }

  /**
   * Holds what one coding has given so far to the limits.
   * @param isLast Whether that is what the reader gets.
   * @throws BodyError `too-large`
   */
  check(decodedBytes: number, isLast: boolean): void {
    const { maxBytes, maxRatio } = this.#limits
    if (decodedBytes > (isLast ? maxBytes : withSlack(maxBytes))) throw this.#tooManyBytes()
    if (decodedBytes > ratioFloorBytes && decodedBytes > this.#wireBytes * maxRatio) {
      throw this.#tooLarge(`decodes to more than ${maxRatio} times its size (compression.maxRatio)`)
    }
  }

  /** The error for what cannot be decoded. */
  malformed(what: string, cause?: unknown): BodyError {
    const { target } = this
    return new BodyError(`${target}: the response body ${what}`, {
      code: 'decode',
      sent: 'yes',
      target,
      receivedBytes: this.#wireBytes,
      cause,
    })
  }

  /** The error for a frame of zstd that asks for more memory than RFC 9659 allows. */
  windowTooLarge(): BodyError {
    return this.#tooLarge('asks for a window of more than 8 MiB to decode its zstd coding (RFC 9659 §3)')
  }

  #tooManyBytes(): BodyError {
    const { maxBytes, maxBytesOption } = this.#limits
    return this.#tooLarge(`is more than ${maxBytesOption}, ${maxBytes} bytes, decoded`)
  }

  #tooLarge(what: string): BodyError {
    const { target } = this
    return new BodyError(`${target}: the response body ${what}`, {
      code: 'too-large',
      sent: 'yes',
      target,
      receivedBytes: this.#wireBytes,
    })
  }
}

/** What does not compress grows a little when it is encoded. */
function withSlack(bytes: number): number {
  return bytes + bytes / 8 + 65_536
}
