import type { Transform } from 'node:stream'
import type * as Zlib from 'node:zlib'
import type { ContentCoding } from './content-coding.ts'

/** A coder of Node's; `bytesWritten` is what it has used of its input. */
export interface Codec extends Transform {
  readonly bytesWritten: number
}

/** Codings that request bodies are compressed by. */
export type RequestCoding = Exclude<ContentCoding, 'deflate'>

/** The output comes in pieces of this size at most. Each costs a trip to the thread pool: 16 KiB has half of the speed. */
const chunkSize = 65_536
/** RFC 9659 §3: a decoder need not have more memory for a frame of zstd, and an encoder must not ask for more: 8 MiB. */
const zstdWindowLog = 23

/** Loading it takes milliseconds, which a client that never meets an encoded body need not pay. */
export function zlib(): typeof Zlib {
  return process.getBuiltinModule('node:zlib')
}

/** Options of a codec without a prototype: a polluted one could make it take what is cut short. */
export function bare<Options extends object>(options: Options): Options {
  return Object.assign(Object.create(null), options)
}

/** @param isRaw Whether a `deflate` has no zlib wrapper. */
export function decoder(coding: ContentCoding, isRaw: boolean): Codec {
  const { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, createZstdDecompress } = zlib()
  switch (coding) {
    case 'gzip':
      return createGunzip(bare({ chunkSize }))
    case 'deflate':
      return isRaw ? createInflateRaw(bare({ chunkSize })) : createInflate(bare({ chunkSize }))
    case 'br':
      return createBrotliDecompress(bare({ chunkSize }))
    case 'zstd':
      return createZstdDecompress(bare({ chunkSize, params: zstdLimits() }))
  }
}

export function zstdLimits(): Record<number, number> {
  return { [zlib().constants.ZSTD_d_windowLogMax]: zstdWindowLog }
}

export function encoder(coding: RequestCoding): Codec {
  const { createBrotliCompress, createGzip, createZstdCompress } = zlib()
  switch (coding) {
    case 'gzip':
      return createGzip(bare({ chunkSize }))
    case 'br':
      return createBrotliCompress(bare({ chunkSize, params: brotliParams() }))
    case 'zstd':
      return createZstdCompress(bare({ chunkSize }))
  }
}

/** Compresses what is short at once. */
export function encodeNow(coding: RequestCoding, bytes: Uint8Array): Uint8Array {
  const { brotliCompressSync, gzipSync, zstdCompressSync } = zlib()
  switch (coding) {
    case 'gzip':
      return gzipSync(bytes, bare({}))
    case 'br':
      return brotliCompressSync(bytes, bare({ params: brotliParams() }))
    case 'zstd':
      return zstdCompressSync(bytes, bare({}))
  }
}

/**
 * The default quality is meant for what is compressed once and sent often: it takes a hundred times as long. The encoder
 * holds back up to two windows before it gives anything: with the default one, 8 MiB.
 */
function brotliParams(): Record<number, number> {
  const { BROTLI_PARAM_LGWIN, BROTLI_PARAM_QUALITY } = zlib().constants
  return { [BROTLI_PARAM_QUALITY]: 4, [BROTLI_PARAM_LGWIN]: 19 }
}

/** The first two bytes of a zlib stream (RFC 1950 §2.2): its method and window, and a check over both. */
export function isZlib(first: number, second: number): boolean {
  return (first & 0x0f) === 8 && first >> 4 <= 7 && (first * 256 + second) % 31 === 0
}
