import { chunksOf } from '@halyard/core/bytes'
import { createReadStream, statSync } from 'node:fs'
import { BodyError, factoryBody } from '@halyard/core'
import { ownOption, PreparedBody } from './prepared-body.ts'

export interface FileBodyOptions {
  /** @defaultValue 'application/octet-stream' */
  readonly mediaType?: string | undefined
}

/** Large reads: each costs a trip to a worker thread. */
const chunkBytes = 262_144

/** The content of a file, streamed; its length is known, and it is read anew for each attempt. */
export function file(path: string | URL, options: FileBodyOptions = {}): PreparedBody {
  let size: number
  try {
    const stats = statSync(path)
    if (!stats.isFile()) throw new Error('not a regular file')
    size = stats.size
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause)
    throw new BodyError(`the file cannot be sent: ${words}`, { code: 'file', sent: 'no', target: '', cause })
  }
  const open = (): AsyncIterable<Uint8Array> => chunksOf(createReadStream(path, { highWaterMark: chunkBytes }))
  return new PreparedBody(
    factoryBody(open, { contentType: ownOption(options, 'mediaType') ?? 'application/octet-stream', length: size }),
  )
}
