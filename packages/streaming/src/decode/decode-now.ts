import { bare, isZlib, zlib, zstdLimits } from './codec.ts'
import type { ContentCoding } from './content-coding.ts'
import { ZstdFrames } from './zstd-frames.ts'

/** What takes longer is decoded by the thread pool, piece by piece. */
const longestEncoded = 65_536
const longestDecoded = 262_144

/**
 * Decodes a short body that is here already: a fifth of the time that a stream takes, and less. `undefined` where it is not short
 * or something is wrong with it; a stream will say what.
 */
export function decodeNow(
  encoded: Uint8Array,
  codings: readonly ContentCoding[],
  maxBytes: number,
): Uint8Array | undefined {
  if (encoded.byteLength === 0) return encoded
  if (encoded.byteLength > longestEncoded) return undefined
  const maxOutputLength = Math.min(longestDecoded, maxBytes)
  // An output of none cannot be asked for.
  if (maxOutputLength < 1) return undefined
  let bytes = encoded
  try {
    for (const coding of codings.toReversed()) {
      const decoded = decodeOne(bytes, coding, maxOutputLength)
      if (decoded === undefined) return undefined
      bytes = decoded
    }
    return bytes
  } catch {
    return undefined
  }
}

function decodeOne(bytes: Uint8Array, coding: ContentCoding, maxOutputLength: number): Uint8Array | undefined {
  const options = bare({ maxOutputLength, info: true })
  const { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } = zlib()
  switch (coding) {
    case 'gzip':
      return whole(gunzipSync(bytes, options), bytes)
    case 'deflate': {
      const [first, second] = bytes
      if (first === undefined || second === undefined) return undefined
      return whole(isZlib(first, second) ? inflateSync(bytes, options) : inflateRawSync(bytes, options), bytes)
    }
    case 'br':
      return whole(brotliDecompressSync(bytes, options), bytes)
    case 'zstd': {
      // Node 22 takes what is cut short, and only the first of several frames.
      if (new ZstdFrames().endOfFrame(bytes, 0) !== bytes.byteLength) return undefined
      return zstdDecompressSync(bytes, bare({ maxOutputLength, params: zstdLimits() }))
    }
  }
}

/** What was decoded, unless there are bytes behind the end of the coding. */
function whole(result: object, input: Uint8Array): Uint8Array | undefined {
  if (!('buffer' in result) || !('engine' in result)) return undefined
  const { buffer, engine } = result
  const isAll =
    typeof engine === 'object' &&
    engine !== null &&
    'bytesWritten' in engine &&
    engine.bytesWritten === input.byteLength
  return isAll && buffer instanceof Uint8Array ? buffer : undefined
}
