import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'

/** Random, as what is worth sending mostly is. */
export const CHUNK: Buffer = randomBytes(65_536)

/** Bytes that are moved before anything is measured. */
export const WARM_UP: number = 64 * 1_048_576

/** Moves `bytes` bytes one way. */
type Transfer = (bytes: number) => Promise<void>

export type Direction = 'download' | 'upload'

/** `folder` holds the files of those that send and save files. */
export type MakeTransfer = (origin: string, direction: Direction, folder: string) => Promise<Transfer>

/** Reads to the end, and checks that all has come. */
export async function swallow(chunks: AsyncIterable<Uint8Array>, bytes: number): Promise<void> {
  let got = 0
  for await (const chunk of chunks) got += chunk.length
  if (got !== bytes) throw new Error(`${got} of ${bytes} bytes`)
}

/** A stream of so many bytes, made as fast as it is read. */
export function source(bytes: number): Readable {
  let left = bytes
  return new Readable({
    read() {
      if (left === 0) {
        this.push(null)
        return
      }
      const piece = left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK
      left -= piece.length
      this.push(piece)
    },
  })
}
