import { bytesBody, ConfigError, factoryBody, streamBody, type RequestBody } from '@halyard/core'
import { awaitTurn, chunksOf, isStreamSource, letGo, type StreamSource } from '@halyard/core/bytes'

/** A body that is ready to be written, as part of another. */
export interface Content {
  readonly body: RequestBody
  /** The bytes, where they are in memory. */
  readonly known: Uint8Array | undefined
  /** The name of a `File`; of a `Blob`, nothing. */
  readonly filename: string | undefined
  readonly isBlob: boolean
  /** Lets go of a stream that will not be read. */
  readonly letGo: () => void
}

const binary = 'application/octet-stream'
const encoder = new TextEncoder()

/** `isForm`: text of a form goes without a media type, as browsers send it. */
export function contentOf(value: unknown, isForm: boolean, option: string): Content {
  if (typeof value === 'string') {
    return held(encoder.encode(value), isForm ? undefined : 'text/plain; charset=utf-8')
  }
  if (value instanceof Uint8Array) return held(value, binary)
  if (value instanceof ArrayBuffer) return held(new Uint8Array(value), binary)
  if (isMaker(value)) return plain(factoryBody(() => chunksOf(value()), { contentType: binary }))
  if (typeof value === 'object' && value !== null) {
    if (isBlob(value)) return blobContent(value)
    if (isRequestBody(value)) return plain(value)
    if (isStreamSource(value)) {
      awaitTurn(value)
      return { ...plain(streamBody(chunksOf(value), { contentType: binary })), letGo: () => letGo(value) }
    }
  }
  throw new ConfigError({
    option,
    value,
    expected: 'text, bytes, a Blob, a stream, a function that makes one, or a body',
  })
}

function held(bytes: Uint8Array, mediaType: string | undefined): Content {
  return { ...plain(bytesBody(bytes, mediaType)), known: bytes }
}

function plain(body: RequestBody): Content {
  return { body, known: undefined, filename: undefined, isBlob: false, letGo: nothing }
}

function blobContent(blob: Blob): Content {
  const body = factoryBody(() => chunksOf(blob.stream()), { contentType: safeType(blob.type), length: blob.size })
  const filename = 'name' in blob && typeof blob.name === 'string' ? blob.name : undefined
  return { ...plain(body), filename, isBlob: true }
}

/** A Blob's type is whatever its maker wrote. */
function safeType(type: string): string {
  return /^[\x20-\x7e]+$/.test(type) ? type : binary
}

function isMaker(value: unknown): value is () => StreamSource {
  return typeof value === 'function'
}

/** A `Blob` or `File` of whichever origin. */
export function isBlob(value: object): value is Blob {
  const tag: unknown = Reflect.get(value, Symbol.toStringTag)
  return (tag === 'Blob' || tag === 'File') && 'stream' in value && 'size' in value && 'type' in value
}

export function isRequestBody(value: object): value is RequestBody {
  return 'open' in value && typeof value.open === 'function' && 'replayable' in value
}

function nothing(): void {}
