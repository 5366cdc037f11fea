import { integer, optionObject } from '@halyard/core/options'

/** Limits of a reader. What exceeds one is a {@link MultipartError} that names it. */
export interface MultipartReadOptions {
  /**
   * Parts of the message, and of the messages in it.
   * @defaultValue 1000
   */
  readonly maxParts?: number | undefined
  /**
   * The content of one part. Without it a stream may be of any size, and what is held in memory has at most 100 MiB.
   * @defaultValue none
   */
  readonly maxPartBytes?: number | undefined
  /**
   * The whole message with all its delimiters.
   * @defaultValue none; 100 MiB where all parts are read into memory
   */
  readonly maxTotalBytes?: number | undefined
  /**
   * The headers of one part.
   * @defaultValue 16_384
   */
  readonly maxHeaderBytes?: number | undefined
  /**
   * The fields of one part's headers.
   * @defaultValue 100
   */
  readonly maxHeaderCount?: number | undefined
  /**
   * The name of one part, and its file name, in UTF-8.
   * @defaultValue 1024
   */
  readonly maxNameBytes?: number | undefined
  /**
   * What stands before the first delimiter, and after the last; it is skipped.
   * @defaultValue 65_536
   */
  readonly maxOuterBytes?: number | undefined
  /**
   * Messages inside of messages; the outer one counts as 1.
   * @defaultValue 3
   */
  readonly maxDepth?: number | undefined
}

/** What holds while a message is read. */
export interface Limits {
  readonly maxParts: number
  readonly maxPartBytes: number
  /** Of a part that is read into memory. */
  readonly maxHeldBytes: number
  readonly maxTotalBytes: number
  readonly maxHeaderBytes: number
  readonly maxHeaderCount: number
  readonly maxNameBytes: number
  readonly maxOuterBytes: number
  readonly maxDepth: number
}

/** The limit on what is held in memory where nobody gave one. */
export const maxHeld = 104_857_600

const size = integer({ min: 0 })
const readOptions = optionObject({
  maxParts: size,
  maxPartBytes: size,
  maxTotalBytes: size,
  maxHeaderBytes: size,
  maxHeaderCount: size,
  maxNameBytes: size,
  maxOuterBytes: size,
  maxDepth: integer({ min: 1 }),
})

/** @throws ConfigError for an unknown option, or a value that is none of its own. */
export function limitsOf(options: MultipartReadOptions | undefined): Limits {
  const given = readOptions(options ?? {}, '')
  return {
    maxParts: given.maxParts ?? 1000,
    maxPartBytes: given.maxPartBytes ?? Infinity,
    maxHeldBytes: given.maxPartBytes ?? maxHeld,
    maxTotalBytes: given.maxTotalBytes ?? Infinity,
    maxHeaderBytes: given.maxHeaderBytes ?? 16_384,
    maxHeaderCount: given.maxHeaderCount ?? 100,
    maxNameBytes: given.maxNameBytes ?? 1024,
    maxOuterBytes: given.maxOuterBytes ?? 65_536,
    maxDepth: given.maxDepth ?? 3,
  }
}
