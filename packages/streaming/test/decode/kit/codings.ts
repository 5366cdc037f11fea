import zlib from 'node:zlib'
import type { ContentCoding } from '../../../src/decode/index.ts'

/** A coding and how it is written: `deflate` has two forms. */
export interface CodingForm {
  readonly form: string
  readonly coding: ContentCoding
  readonly encode: (bytes: Uint8Array) => Uint8Array
}

export const gzip: CodingForm = { form: 'gzip', coding: 'gzip', encode: (bytes) => zlib.gzipSync(bytes) }
export const deflate: CodingForm = { form: 'deflate', coding: 'deflate', encode: (bytes) => zlib.deflateSync(bytes) }
export const rawDeflate: CodingForm = {
  form: 'bare deflate',
  coding: 'deflate',
  encode: (bytes) => zlib.deflateRawSync(bytes),
}
export const br: CodingForm = {
  form: 'br',
  coding: 'br',
  encode: (bytes) => zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } }),
}
export const zstd: CodingForm = {
  form: 'zstd',
  coding: 'zstd',
  encode: (bytes) => zlib.zstdCompressSync(bytes, { params: { [zlib.constants.ZSTD_c_checksumFlag]: 1 } }),
}

export const forms: readonly CodingForm[] = [gzip, deflate, rawDeflate, br, zstd]

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}

export function eachByte(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (byte) => Uint8Array.of(byte))
}

/** Text that compresses, but not to nothing. */
export function sampleText(bytes: number): Uint8Array {
  let text = ''
  for (let line = 0; text.length < bytes; line += 1) text += `line ${line} of the sample, ${(line * 7919) % 1009}\n`
  return Buffer.from(text.slice(0, bytes))
}
