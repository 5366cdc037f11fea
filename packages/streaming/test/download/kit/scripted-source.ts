import { headerList, noHeaders, type HttpResponse, type ResponseBody, type SettledListener } from '@halyard/core'
import type { DownloadSource } from '../../../src/download/index.ts'
import { answerFile, type ServedFile } from './file-answers.ts'

interface ScriptedAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Bytes in chunks of `chunkBytes`, or chunks. */
  readonly body?: Uint8Array | string | AsyncIterable<Uint8Array>
  readonly chunkBytes?: number
}

export type Answering = (
  headers: Readonly<Record<string, string>>,
  index: number,
) => ScriptedAnswer | Promise<ScriptedAnswer>

/** A source without a network. */
export interface ScriptedSource extends DownloadSource {
  /** The fields of each request. */
  readonly requests: Readonly<Record<string, string>>[]
  /** Bodies that were neither read to the end, nor left, nor discarded. */
  readonly openBodies: number
}

export function scripted(answering: Answering, extra: Partial<DownloadSource> = {}): ScriptedSource {
  const requests: Readonly<Record<string, string>>[] = []
  const bodies: ChunkBody[] = []
  return {
    target: 'GET http://server/file',
    check: (response) =>
      response.status < 400 ? Promise.resolve() : Promise.reject(new Error(`status ${response.status}`)),
    ...extra,
    requests,
    get openBodies() {
      return bodies.filter((body) => !body.isOver).length
    },
    open: async (headers) => {
      requests.push(headers)
      const {
        status = 200,
        headers: fields,
        body = '',
        chunkBytes = 1000,
      } = await answering(headers, requests.length - 1)
      const made = new ChunkBody(chunksOf(body, chunkBytes))
      bodies.push(made)
      return response(status, fields, made)
    },
  }
}

/** A server that has a file. */
export function serving(file: () => ServedFile, chunkBytes = 1000): ScriptedSource {
  return scripted((headers) => ({ ...answerFile(file(), headers), chunkBytes }))
}

export function response(
  status: number,
  fields: Readonly<Record<string, string>> | undefined,
  body: ResponseBody,
): HttpResponse {
  return {
    status,
    statusText: '',
    httpVersion: '1.1',
    headers: headerList(fields),
    url: new URL('http://server/file'),
    body,
    trailers: () => Promise.resolve(noHeaders),
  }
}

/** Chunks, and then nothing, or an error. */
export async function* thenFails(bytes: Uint8Array, error: unknown): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes)
  throw error
}

async function* chunksOf(
  body: Uint8Array | string | AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array> {
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) {
    yield* body
    return
  }
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  for (let at = 0; at < bytes.byteLength; at += size) yield await Promise.resolve(bytes.subarray(at, at + size))
}

class ChunkBody implements ResponseBody {
  readonly #chunks: AsyncIterable<Uint8Array>
  isOver = false

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks
  }

  bytes(): Promise<Uint8Array> {
    return Promise.reject(new Error('a file is read as a stream'))
  }

  stream(): AsyncIterable<Uint8Array> {
    const iterator = this.#chunks[Symbol.asyncIterator]()
    return {
      [Symbol.asyncIterator]: () => ({
        next: async () => {
          try {
            const item = await iterator.next()
            if (item.done === true) this.isOver = true
            return item
          } catch (error) {
            this.isOver = true
            throw error
          }
        },
        // As a body of the transport: at once, whatever is awaited.
        return: () => {
          this.isOver = true
          return Promise.resolve({ done: true, value: undefined })
        },
      }),
    }
  }

  discard(): Promise<void> {
    this.isOver = true
    return Promise.resolve()
  }

  onSettled(_listener: SettledListener): void {
    // What it fails with, its reader hears as well.
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.discard()
  }
}
