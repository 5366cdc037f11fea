import { BodyError, type OpenOptions } from '@halyard/core'
import type { Content } from './content.ts'

/** What a message is written from, in order: bytes that are here, and contents that are opened when it is their turn. */
export type Piece = Uint8Array | Content

/**
 * The bytes of a message. Leaving them early stops the content that is being read, even one that never yields again, and
 * lets go of those that were not.
 */
export class PieceIterator implements AsyncIterator<Uint8Array, undefined> {
  readonly #pieces: readonly Piece[]
  readonly #check: (bytes: Uint8Array) => void
  readonly #options: OpenOptions | undefined
  #at = 0
  #current: AsyncIterator<Uint8Array> | undefined
  /** What is left of a content whose length is known. */
  #left: number | undefined
  #ended = false

  /** `check` sees the bytes of contents that were not known before they were opened. */
  constructor(pieces: readonly Piece[], check: (bytes: Uint8Array) => void, options: OpenOptions | undefined) {
    this.#pieces = pieces
    this.#check = check
    this.#options = options
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    try {
      while (!this.#ended) {
        const chunk = await this.#step()
        if (chunk !== undefined && chunk.byteLength > 0) return { done: false, value: chunk }
      }
      return done
    } catch (error) {
      const current = this.#current
      this.#stop()
      // A generator that threw is closed; another source may not be.
      await current?.return?.().catch(() => undefined)
      throw error
    }
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    const current = this.#current
    this.#stop()
    await current?.return?.()
    return done
  }

  async #step(): Promise<Uint8Array | undefined> {
    const current = this.#current
    if (current !== undefined) {
      const item = await current.next()
      if (this.#ended) return undefined
      if (item.done !== true) return this.#counted(item.value)
      this.#current = undefined
      if (this.#left !== undefined && this.#left > 0) throw wrongLength('fewer')
      return undefined
    }
    const piece = this.#pieces[this.#at]
    this.#at += 1
    if (piece === undefined) {
      this.#ended = true
      return undefined
    }
    if (piece instanceof Uint8Array) return piece
    const opened = piece.body.open(this.#options)
    this.#left = piece.body.length
    if (opened instanceof Uint8Array) {
      this.#check(opened)
      const bytes = this.#counted(opened)
      if (this.#left !== undefined && this.#left > 0) throw wrongLength('fewer')
      return bytes
    }
    this.#current = opened[Symbol.asyncIterator]()
    return undefined
  }

  /** The length of the whole was told already: a peer would take the next bytes for the rest of this part, or wait. */
  #counted(bytes: Uint8Array): Uint8Array {
    // A stream of objects gives whatever it likes.
    if (!(bytes instanceof Uint8Array)) throw new TypeError('a stream of a part gives text or bytes')
    if (this.#left === undefined) return bytes
    this.#left -= bytes.byteLength
    if (this.#left < 0) throw wrongLength('more')
    return bytes
  }

  #stop(): void {
    if (this.#ended) return
    this.#ended = true
    this.#current = undefined
    for (const piece of this.#pieces.slice(this.#at)) if (!(piece instanceof Uint8Array)) piece.letGo()
  }
}

const done = { done: true, value: undefined } as const

function wrongLength(which: string): BodyError {
  return new BodyError(`a part of the multipart body has ${which} bytes than its length says`, {
    code: 'encode',
    sent: 'maybe',
    target: '',
  })
}
