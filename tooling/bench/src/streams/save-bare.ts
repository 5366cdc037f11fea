import { open } from 'node:fs/promises'

/** Batches of this size are written while the next is gathered. */
const batchBytes = 1_048_576
const waitingBytes = 8 * batchBytes

/** What any program can do that saves a stream fast: batches by `writev`, and nothing else. */
export async function saveBare(chunks: AsyncIterable<Uint8Array>, path: string): Promise<number> {
  const file = await open(path, 'w')
  let gathered: Uint8Array[] = []
  let size = 0
  let bytes = 0
  let writing: Promise<unknown> | undefined
  const write = (): void => {
    const batch = gathered
    bytes += size
    gathered = []
    size = 0
    writing = file.writev(batch).then(() => {
      writing = undefined
      if (size >= batchBytes) write()
    })
  }
  for await (const chunk of chunks) {
    gathered.push(chunk)
    size += chunk.byteLength
    if (size < batchBytes) continue
    if (writing === undefined) write()
    else if (size >= waitingBytes) await writing
  }
  while (writing !== undefined) await writing
  if (size > 0) await file.writev(gathered)
  await file.close()
  return bytes + size
}
