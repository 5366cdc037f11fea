type Expected = 'magic' | 'descriptor' | 'header' | 'block' | 'content' | 'checksum' | 'skippable size' | 'skippable'

const magic = 0xfd2f_b528
const firstSkippable = 0x184d_2a50
const dictionaryBytes = [0, 1, 2, 4] as const
const contentSizeBytes = [0, 2, 4, 8] as const

/** What is wrong with the frames of a zstd stream. */
export class ZstdFault extends Error {}

/**
 * Finds the ends of the frames in a zstd stream (RFC 8878 §3.1). Node's decoder needs it: before 24 it takes a stream
 * that is cut short for whole, before 26 it stops after the first of several frames, and from 26 on it passes over what
 * follows the last.
 */
export class ZstdFrames {
  #expected: Expected = 'magic'
  /** Bytes of the field, or to pass over, that are still to come. */
  #left = 4
  /** The field so far, and how many bits of it. */
  #value = 0
  #bits = 0
  #hasChecksum = false
  #isLast = false
  #between = true

  /** Whether no frame is begun and unfinished. */
  get isBetweenFrames(): boolean {
    return this.#between
  }

  /** Where the frame that is read ends, as an index from `start` on, or `undefined` where it goes on. @throws ZstdFault */
  endOfFrame(bytes: Uint8Array, start: number): number | undefined {
    let at = start
    while (at < bytes.byteLength) {
      this.#between = false
      if (isPassedOver(this.#expected)) {
        const passed = Math.min(this.#left, bytes.byteLength - at)
        at += passed
        this.#left -= passed
      } else {
        this.#value += (bytes[at] ?? 0) * 2 ** this.#bits
        this.#bits += 8
        this.#left -= 1
        at += 1
      }
      // Fields and contents may be empty.
      while (this.#left === 0) if (this.#advance()) return at
    }
    return undefined
  }

  /** Goes on behind what has come whole; true where that was the end of a frame. */
  #advance(): boolean {
    const value = this.#value
    this.#value = 0
    this.#bits = 0
    switch (this.#expected) {
      case 'magic':
        return this.#begin(value)
      case 'descriptor':
        return this.#describe(value)
      case 'header':
        return this.#expect('block', 3)
      case 'block':
        return this.#block(value)
      case 'content':
        if (!this.#isLast) return this.#expect('block', 3)
        return this.#hasChecksum ? this.#expect('checksum', 4) : this.#end()
      case 'skippable size':
        return this.#expect('skippable', value)
      case 'checksum':
      case 'skippable':
        return this.#end()
    }
  }

  #begin(value: number): boolean {
    if (value === magic) return this.#expect('descriptor', 1)
    // The last four bits are anybody's. Not by `&`, which makes it negative.
    if (value >= firstSkippable && value <= firstSkippable + 15) return this.#expect('skippable size', 4)
    throw new ZstdFault('no frame of zstd')
  }

  #describe(descriptor: number): boolean {
    const isSingleSegment = (descriptor & 0x20) !== 0
    this.#hasChecksum = (descriptor & 0x04) !== 0
    const size = contentSizeBytes[descriptor >> 6] ?? 0
    const contentSize = size === 0 && isSingleSegment ? 1 : size
    return this.#expect('header', (isSingleSegment ? 0 : 1) + (dictionaryBytes[descriptor & 0x03] ?? 0) + contentSize)
  }

  #block(header: number): boolean {
    this.#isLast = (header & 1) === 1
    const type = (header >> 1) & 3
    if (type === 3) throw new ZstdFault('a block of a reserved type')
    // One byte, repeated.
    return this.#expect('content', type === 1 ? 1 : header >> 3)
  }

  #end(): boolean {
    this.#between = true
    this.#expect('magic', 4)
    return true
  }

  #expect(expected: Expected, left: number): false {
    this.#expected = expected
    this.#left = left
    return false
  }
}

function isPassedOver(expected: Expected): boolean {
  return expected === 'header' || expected === 'content' || expected === 'checksum' || expected === 'skippable'
}
