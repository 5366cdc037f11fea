import { integer, optionObject } from '@halyard/core/options'
import type { MultipartReadOptions } from './read-options.ts'

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
