import type { Brake } from './brake.ts'
import { slicedChunks } from './sliced-chunks.ts'

/** The bytes of `chunks` at the rate of the brake, in slices that its full bucket holds. */
export function brakedChunks(chunks: AsyncIterable<Uint8Array>, brake: Brake): AsyncIterable<Uint8Array> {
  return slicedChunks(chunks, brake.burstBytes, brake)
}
