import { Agent, get, type IncomingMessage } from 'node:http'
import type { ResponseBody, SettledListener } from '@halyard/core'
import { chunksOf } from '@halyard/core/bytes'
import type { DownloadSource } from '../../../src/download/index.ts'
import { response } from './scripted-source.ts'

/** A source over Node's own client. */
export interface HttpSource extends DownloadSource, Disposable {}

export function httpSource(url: string, signal?: AbortSignal): HttpSource {
  const agent = new Agent({ keepAlive: false })
  return {
    target: `GET ${url}`,
    open: (headers) =>
      new Promise((resolve, reject) => {
        get(url, { agent, headers, ...(signal === undefined ? {} : { signal }) }, (message) => {
          const fields = Object.fromEntries(
            Object.entries(message.headers).map(([name, value]) => [name, String(value)] as const),
          )
          resolve(response(message.statusCode ?? 0, fields, new MessageBody(message)))
        }).on('error', reject)
      }),
    check: ({ status }) => (status < 400 ? Promise.resolve() : Promise.reject(new Error(`status ${status}`))),
    [Symbol.dispose]: () => agent.destroy(),
  }
}

class MessageBody implements ResponseBody {
  readonly #message: IncomingMessage

  constructor(message: IncomingMessage) {
    this.#message = message
  }

  bytes(): Promise<Uint8Array> {
    return Promise.reject(new Error('a file is read as a stream'))
  }

  stream(): AsyncIterable<Uint8Array> {
    return chunksOf(this.#message)
  }

  discard(): Promise<void> {
    this.#message.on('error', () => undefined)
    this.#message.destroy()
    return Promise.resolve()
  }

  onSettled(_listener: SettledListener): void {
    // What it fails with, its reader hears as well.
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.discard()
  }
}
