import { randomUUID } from 'node:crypto'
import { open, rename, unlink, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { BodyError } from '@halyard/core'
import type { SavedPart } from './part.ts'

/** Small chunks are gathered: each write is a trip to a worker thread. */
const writeBytes = 524_288

/**
 * Writes chunks to a file of a temporary name in the same folder, and renames it when it is whole: nobody sees a part of
 * it, and nothing is left of one that failed.
 * @throws BodyError with code `file` where the file system refuses, its error as the cause; or what the chunks throw.
 */
export async function saveChunks(chunks: AsyncIterable<Uint8Array>, to: string | URL): Promise<SavedPart> {
  const target = typeof to === 'string' ? to : fileURLToPath(to)
  const temporary = path.join(path.dirname(target), `.${path.basename(target).slice(0, 100)}.${randomUUID()}.part`)
  const handle = await ofFile(open(temporary, 'wx'))
  try {
    const bytes = await writeAll(chunks, handle).finally(() => handle.close())
    await ofFile(rename(temporary, target))
    return { path: target, bytes }
  } catch (error) {
    await unlink(temporary).catch(() => undefined)
    throw error
  }
}

async function writeAll(chunks: AsyncIterable<Uint8Array>, handle: FileHandle): Promise<number> {
  let gathered: Uint8Array[] = []
  let size = 0
  let bytes = 0
  for await (const chunk of chunks) {
    gathered.push(chunk)
    size += chunk.byteLength
    if (size < writeBytes) continue
    await ofFile(handle.writeFile(joined(gathered)))
    bytes += size
    gathered = []
    size = 0
  }
  if (size > 0) await ofFile(handle.writeFile(joined(gathered)))
  return bytes + size
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  return chunks.length === 1 ? (chunks[0] ?? new Uint8Array()) : Buffer.concat(chunks)
}

async function ofFile<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : ''
    throw new BodyError(`the part cannot be saved${code}`, { code: 'file', sent: 'yes', target: '', cause })
  }
}
