import { MultipartError, type MultipartLimit } from './multipart-error.ts'
import type { Limits } from './limits.ts'

/** What counts for a whole message, the messages in it included. */
export class Ledger {
  readonly limits: Limits
  readonly #target: string
  #parts = 0
  #received = 0

  constructor(limits: Limits, target: string) {
    this.limits = limits
    this.#target = target
  }

  countPart(): void {
    this.#parts += 1
    if (this.#parts > this.limits.maxParts) throw this.exceeded('maxParts', 'parts')
  }

  countBytes(count: number): void {
    this.#received += count
    if (this.#received > this.limits.maxTotalBytes) throw this.exceeded('maxTotalBytes', 'bytes')
  }

  /** Ledger for a message that is in memory, whose parts may be read again and again. */
  again(): Ledger {
    return new Ledger(this.limits, this.#target)
  }

  /** The message says nothing of what came but how much it was. */
  malformed(words: string): MultipartError {
    return this.#error(words, 'decode', undefined)
  }

  exceeded(limit: MultipartLimit, of: string, most?: number): MultipartError {
    return this.#error(`has more than ${most ?? this.limits[limit]} ${of} (${limit})`, 'too-large', limit)
  }

  #error(words: string, code: 'decode' | 'too-large', limit: MultipartLimit | undefined): MultipartError {
    const target = this.#target
    return new MultipartError(`${target}${target === '' ? '' : ': '}the multipart message ${words}`, {
      code,
      sent: 'yes',
      target,
      receivedBytes: this.#received,
      limit,
    })
  }
}
