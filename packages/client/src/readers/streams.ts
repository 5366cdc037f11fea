import { Readable } from 'node:stream'
import { ReadableStream } from 'node:stream/web'

/** A WHATWG stream over `chunks`; cancelling it leaves the iteration. */
export function webStream(chunks: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  let iterator: AsyncIterator<Uint8Array> | undefined
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        iterator ??= chunks[Symbol.asyncIterator]()
        const item = await iterator.next()
        if (item.done === true) controller.close()
        else controller.enqueue(item.value)
      },
      async cancel() {
        iterator ??= chunks[Symbol.asyncIterator]()
        await iterator.return?.()
      },
    },
    { highWaterMark: 0 },
  )
}

/** A Node stream over `chunks`; destroying it leaves the iteration. */
export function nodeStream(chunks: AsyncIterable<Uint8Array>): Readable {
  let iterator: AsyncIterator<Uint8Array> | undefined
  return new Readable({
    read() {
      iterator ??= chunks[Symbol.asyncIterator]()
      iterator.next().then(
        (item) => this.push(item.done === true ? null : item.value),
        (error: unknown) => this.destroy(error instanceof Error ? error : new Error(String(error))),
      )
    },
    destroy(error, callback) {
      iterator ??= chunks[Symbol.asyncIterator]()
      const left = iterator.return?.() ?? Promise.resolve()
      left.then(
        () => callback(error),
        () => callback(error),
      )
    },
  })
}
