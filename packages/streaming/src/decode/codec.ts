import type { Transform } from 'node:stream'
import type * as Zlib from 'node:zlib'
import type { ContentCoding } from './content-coding.ts'

/** A coder of Node's; `bytesWritten` is what it has used of its input. */
export interface Codec extends Transform {
  readonly bytesWritten: number
}

/** Codings that request bodies are compressed by. */
export type RequestCoding = Exclude<ContentCoding, 'deflate'>

/** The output comes in pieces of this size at most. */
const chunkSize = 32_768
/** RFC 9659 §3: a decoder need not have more memory for a frame of zstd, and an encoder must not ask for more: 8 MiB. */
const zstdWindowLog = 23

/** Loading it takes milliseconds, which a client that never meets an encoded body need not pay. */
export function zlib(): typeof Zlib {
  return process.getBuiltinModule('node:zlib')
}

/** @param isRaw Whether a `deflate` has no zlib wrapper. */
export function decoder(coding: ContentCoding, isRaw: boolean): Codec {
  const { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, createZstdDecompress } = zlib()
  switch (coding) {
    case 'gzip':
      return createGunzip({ chunkSize })
    case 'deflate':
      return isRaw ? createInflateRaw({ chunkSize }) : createInflate({ chunkSize })
    case 'br':
      return createBrotliDecompress({ chunkSize })
    case 'zstd':
      return createZstdDecompress({ chunkSize, params: zstdLimits() })
  }
}

export function zstdLimits(): Record<number, number> {
  return { [zlib().constants.ZSTD_d_windowLogMax]: zstdWindowLog }
}

export function encoder(coding: RequestCoding): Codec {
  const { createBrotliCompress, createGzip, createZstdCompress } = zlib()
  switch (coding) {
    case 'gzip':
      return createGzip({ chunkSize })
    case 'br':
      return createBrotliCompress({ chunkSize, params: brotliQuality() })
    case 'zstd':
      return createZstdCompress({ chunkSize })
  }
}

/** Compresses what is short at once. */
export function encodeNow(coding: RequestCoding, bytes: Uint8Array): Uint8Array {
  const { brotliCompressSync, gzipSync, zstdCompressSync } = zlib()
  switch (coding) {
    case 'gzip':
      return gzipSync(bytes)
    case 'br':
      return brotliCompressSync(bytes, { params: brotliQuality() })
    case 'zstd':
      return zstdCompressSync(bytes)
  }
}

/** The default is meant for what is compressed once and sent often: it takes a hundred times as long. */
function brotliQuality(): Record<number, number> {
  return { [zlib().constants.BROTLI_PARAM_QUALITY]: 4 }
}

/** The first two bytes of a zlib stream (RFC 1950 §2.2): its method and window, and a check over both. */
export function isZlib(first: number, second: number): boolean {
  return (first & 0x0f) === 8 && first >> 4 <= 7 && (first * 256 + second) % 31 === 0
}
