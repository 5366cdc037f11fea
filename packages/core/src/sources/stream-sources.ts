import { isReadable, ReadableChunks } from './readable-chunks.ts'

/** A stream a caller may give: Node's, the web's, or any async iterable of bytes. */
export type StreamSource = AsyncIterable<Uint8Array | string>

export function isStreamSource(value: object): value is StreamSource {
  return Symbol.asyncIterator in value
}

interface Destroyable {
  destroy(): unknown
}

/** The chunks of a source, text as UTF-8. Leaving them early stops the source, even one that never yields again. */
export function chunksOf(source: StreamSource): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]: () => {
      if (isReadable(source)) return new ReadableChunks(once(source))
      const iterator = iterate(source)
      return {
        next: () => iterator.next().then(encodeText),
        return: async () => {
          // One that waits for its next chunk does not hear `return` until that comes.
          if (isDestroyable(source)) source.destroy()
          await iterator.return?.()
          return { done: true, value: undefined }
        },
      }
    },
  }
}

/** Sources that can be read once, and were. */
const used = new WeakSet<StreamSource>()

/** Starts to read. A stream of an earlier call would give nothing more, and an empty body must never be sent for it. */
function iterate(source: StreamSource): AsyncIterator<Uint8Array | string> {
  if (used.has(source)) throw sentAlready()
  const iterator = source[Symbol.asyncIterator]()
  if (Object.is(iterator, source) || isDestroyable(source) || 'getReader' in source) used.add(source)
  return iterator
}

function once<Source extends StreamSource>(source: Source): Source {
  if (used.has(source)) throw sentAlready()
  used.add(source)
  return source
}

function sentAlready(): TypeError {
  return new TypeError('this stream was sent already; give a function that makes it')
}

const encoder = new TextEncoder()

function encodeText(item: IteratorResult<Uint8Array | string>): IteratorResult<Uint8Array> {
  if (item.done === true) return item
  const { value } = item
  return { done: false, value: typeof value === 'string' ? encoder.encode(value) : value }
}

/** A stream that fails before it is its turn must not end the process; it fails when it is read. */
export function awaitTurn(source: StreamSource): void {
  if (isReadable(source)) source.on('error', () => undefined)
}

/** Lets go of a source that will not be read, and must not stay open for that. */
export function letGo(source: StreamSource): void {
  if (used.has(source)) return
  used.add(source)
  if (isDestroyable(source)) source.destroy()
  else if (isCancellable(source)) source.cancel().catch(() => undefined)
}

function isCancellable(source: object): source is { cancel(): Promise<void> } {
  return 'getReader' in source && 'cancel' in source && typeof source.cancel === 'function'
}

function isDestroyable(source: object): source is Destroyable {
  return 'destroy' in source && typeof source.destroy === 'function'
}
