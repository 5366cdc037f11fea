import { statSync } from 'node:fs'
import nodePath from 'node:path'
import { fileURLToPath } from 'node:url'
import { BodyError, factoryBody, type OpenOptions, type RequestBody } from '@halyard/core'
import { partFields } from './checked-part.ts'
import { FileChunks } from './file-chunks.ts'
import type { PartFields, PartInit } from './part-init.ts'

/** A part that holds a file. */
export interface FilePart extends PartInit {
  readonly filename: string
  readonly body: RequestBody
}

/**
 * A part that holds a file: streamed, its length known, read anew for each attempt. The file name is the last component of
 * the path, the media type `application/octet-stream`, unless they are given.
 * @throws BodyError with code `file` where there is no such file.
 */
export function filePart(path: string | URL, options: PartFields = {}): FilePart {
  const fields = partFields(options, '')
  const name = typeof path === 'string' ? path : fileURLToPath(path)
  const length = sizeOf(name)
  const open = (how: OpenOptions = {}): AsyncIterable<Uint8Array> => {
    // A polluted `Object.prototype` must not let memory be used again that somebody keeps.
    const reuse = Object.hasOwn(how, 'reuse') && how.reuse === true
    return { [Symbol.asyncIterator]: () => new FileChunks(name, length, reuse) }
  }
  return {
    ...fields,
    filename: fields.filename ?? nodePath.basename(name),
    body: factoryBody(open, { contentType: 'application/octet-stream', length }),
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
