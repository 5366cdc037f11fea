import { jsonBody } from '@halyard/binding/json'
import { bytesBody, factoryBody, streamBody, textBody, ConfigError, type RequestBody } from '@halyard/core'
import { formDataBody } from '@halyard/multipart'
import { isFormData } from './form-data.ts'
import { PreparedBody } from './prepared-body.ts'
import { chunksOf, isStreamSource, type StreamSource } from '@halyard/core/bytes'

/**
 * What can be sent. `undefined` and `null`: nothing · string: text · bytes and Blobs: as they are · `URLSearchParams`
 * and `FormData`: forms · streams: sent once · a function that makes a stream: opened for each attempt · a helper's
 * result · anything else: JSON.
 */
export type BodyInit = unknown

const octets = 'application/octet-stream'

/** Makes the body of a value by its type. @throws BodyError for a value without a JSON form. */
export function encodeBody(value: BodyInit): RequestBody | Promise<RequestBody> | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string') return textBody(value)
  if (typeof value === 'function') return factoryOf(value)
  if (typeof value !== 'object') return jsonBody(value)
  // Most bodies are plain data.
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === Array.prototype) {
    return isRequestBody(value)
      ? value
      : isStreamSource(value)
        ? streamBody(chunksOf(value), { contentType: octets, length: undefined })
        : jsonBody(value)
  }
  if (value instanceof PreparedBody) return value.body
  if (value instanceof Uint8Array) return bytesBody(value, octets)
  if (value instanceof ArrayBuffer) return bytesBody(new Uint8Array(value), octets)
  if (value instanceof URLSearchParams) return textBody(value.toString(), 'application/x-www-form-urlencoded')
  if (value instanceof Blob) return blobBody(value)
  if (isFormData(value)) return formDataBody(value)
  if (isRequestBody(value)) return value
  if (isStreamSource(value)) return streamBody(chunksOf(value), { contentType: octets, length: undefined })
  if (ArrayBuffer.isView(value))
    return bytesBody(new Uint8Array(value.buffer, value.byteOffset, value.byteLength), octets)
  checkHasJson(value)
  return jsonBody(value)
}

/** JSON makes `{}` of these, silently. */
function checkHasJson(value: object): void {
  if ('toJSON' in value) return
  const kind = Object.prototype.toString.call(value).slice(8, -1)
  if (!['Promise', 'Map', 'Set', 'WeakMap', 'WeakSet', 'Error', 'RegExp'].includes(kind)) return
  throw new ConfigError({
    option: 'body',
    value,
    expected: 'a value that JSON can hold',
    ...(kind === 'Promise' ? { hint: 'is an `await` missing?' } : {}),
  })
}

function blobBody(blob: Blob): RequestBody {
  return factoryBody(() => chunksOf(blob.stream()), {
    contentType: blob.type === '' ? octets : blob.type,
    length: blob.size,
  })
}

function factoryOf(make: Function): RequestBody {
  const open = (): AsyncIterable<Uint8Array> => {
    const source: unknown = make()
    if (isSource(source)) return chunksOf(source)
    throw new ConfigError({
      option: 'body',
      value: source,
      expected: 'a function that returns a stream or async iterable',
    })
  }
  return factoryBody(open, { contentType: octets, length: undefined })
}

function isSource(value: unknown): value is StreamSource {
  return typeof value === 'object' && value !== null && isStreamSource(value)
}

function isRequestBody(value: object): value is RequestBody {
  return (
    'open' in value &&
    typeof value.open === 'function' &&
    'replayable' in value &&
    typeof value.replayable === 'boolean' &&
    'length' in value
  )
}
