import type { Brake } from './brake.ts'
import { slicedChunks } from './sliced-chunks.ts'
import type { WaitGuard } from './wait-guard.ts'

/**
 * The bytes of `chunks` at the rate of the brake, in slices that its full bucket holds. A guard ends the waits: at a low
 * rate one large chunk takes minutes.
 */
export function brakedChunks(
  chunks: AsyncIterable<Uint8Array>,
  brake: Brake,
  guard?: WaitGuard,
): AsyncIterable<Uint8Array> {
  return slicedChunks(chunks, brake.burstBytes, brake, guard)
}
