import { Readable } from 'node:stream'

export const CHUNK: Buffer = Buffer.alloc(65_536, 'x')

/** Moves `bytes` bytes one way. */
export type Transfer = (bytes: number) => Promise<void>

export type Direction = 'download' | 'upload'

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
