import { randomUUID } from 'node:crypto'
import { open, rename, unlink, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { FileWriter, ofFile } from './file-writer.ts'
import type { PartReading } from './part-content.ts'
import type { SavedPart } from './part.ts'

/**
 * Writes content to a file of a temporary name in the same folder, and renames it when it is whole: nobody sees a part of
 * it, and nothing is left of one that failed.
 * @throws BodyError with code `file` where the file system refuses, its error as the cause; or what reading throws.
 */
export async function saveContent(content: PartReading, to: string | URL): Promise<SavedPart> {
  const target = typeof to === 'string' ? to : fileURLToPath(to)
  const temporary = path.join(path.dirname(target), `.${path.basename(target).slice(0, 100)}.${randomUUID()}.part`)
  const handle = await ofFile(open(temporary, 'wx'))
  try {
    // Closing waits for a write that is on its way.
    const bytes = await write(content, handle).finally(() => handle.close())
    await ofFile(rename(temporary, target))
    return { path: target, bytes }
  } catch (error) {
    await unlink(temporary).catch(() => undefined)
    throw error
  }
}

async function write(content: PartReading, handle: FileHandle): Promise<number> {
  const writer = new FileWriter(handle)
  await content.pour((piece, isTransient) => writer.add(piece, isTransient))
  return await writer.end()
}
