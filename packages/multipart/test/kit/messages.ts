import { isHttpError, type RequestBody } from '@halyard/core'
import { MultipartError, parseParts, type MultipartReadOptions, type Part } from '../../src/index.ts'

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function fromBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString()
}

/** Everything a body sends. */
export async function written(body: RequestBody): Promise<Buffer> {
  const opened = body.open()
  if (opened instanceof Uint8Array) return Buffer.from(opened)
  const chunks: Uint8Array[] = []
  for await (const chunk of opened) chunks.push(chunk)
  return Buffer.concat(chunks)
}

export async function textOf(body: RequestBody): Promise<string> {
  const bytes = await written(body)
  return bytes.toString()
}

/** A part as plain data. */
export interface ReadPart {
  readonly headers: readonly (readonly [string, string])[]
  readonly content: string
}

export async function readAll(parts: AsyncIterable<Part>): Promise<ReadPart[]> {
  const read: ReadPart[] = []
  for await (const part of parts) {
    const bytes = await part.bytes()
    read.push({ headers: [...part.headers], content: Buffer.from(bytes).toString('latin1') })
  }
  return read
}

export function inPieces(bytes: Uint8Array, size: number): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let at = 0; at < bytes.byteLength; at += size) pieces.push(bytes.subarray(at, at + size))
  return pieces
}

export type Outcome = { readonly parts: readonly ReadPart[] } | { readonly error: MultipartError }

/** What becomes of a message: parts, or an error of ours; anything else fails the test. */
export async function outcomeOf(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  contentType: string | null = type,
  options?: MultipartReadOptions,
): Promise<Outcome> {
  try {
    return { parts: await readAll(parseParts(chunks, contentType ?? undefined, options)) }
  } catch (error) {
    if (error instanceof MultipartError && isHttpError(error)) return { error }
    throw error
  }
}

export const type = 'multipart/mixed; boundary=b'

/** A message of the boundary `b`, written with `\n` for line ends. */
export function message(text: string): Uint8Array {
  return utf8(text.replaceAll('\n', '\r\n'))
}
