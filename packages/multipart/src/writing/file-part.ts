import { createReadStream, statSync } from 'node:fs'
import nodePath from 'node:path'
import { fileURLToPath } from 'node:url'
import { BodyError, factoryBody } from '@halyard/core'
import { partFields } from './checked-part.ts'
import type { PartFields, PartInit } from './part-init.ts'
import { chunksOf } from '@halyard/core/bytes'

/** Large reads: each costs a trip to a worker thread. */
const chunkBytes = 262_144

/**
 * A part that holds a file: streamed, its length known, read anew for each attempt. The file name is the last component of
 * the path, the media type `application/octet-stream`, unless they are given.
 * @throws BodyError with code `file` where there is no such file.
 */
export function filePart(path: string | URL, options: PartFields = {}): PartInit {
  const fields = partFields(options, '')
  const name = typeof path === 'string' ? path : fileURLToPath(path)
  const open = (): AsyncIterable<Uint8Array> => chunksOf(createReadStream(name, { highWaterMark: chunkBytes }))
  return {
    ...fields,
    filename: fields.filename ?? nodePath.basename(name),
    body: factoryBody(open, { contentType: 'application/octet-stream', length: sizeOf(name) }),
  }
}

function sizeOf(path: string): number {
  try {
    const stats = statSync(path)
    if (stats.isFile()) return stats.size
  } catch (cause) {
    throw fault(cause)
  }
  throw fault(new Error('not a regular file'))
}

function fault(cause: unknown): BodyError {
  const words = cause instanceof Error ? cause.message : String(cause)
  return new BodyError(`the file cannot be sent: ${words}`, { code: 'file', sent: 'no', target: '', cause })
}
