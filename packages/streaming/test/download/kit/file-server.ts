import { httpServer, type LocalServer, type ServerResponse } from '@halyard/testing'
import { answerFile, type ServedFile } from './file-answers.ts'

/** A server that has one file. */
export interface FileServer extends AsyncDisposable {
  readonly url: string
  readonly local: LocalServer
  file: ServedFile
  readonly ranges: (string | undefined)[]
  /** Bytes of bodies that were handed to sockets, of all answers. */
  sentBytes: number
  /** Called once, when so many bytes were sent; the answer then stops. */
  stopAt: { readonly bytes: number; readonly run: (response: ServerResponse) => void } | undefined
}

const chunkBytes = 65_536

export async function fileServer(file: ServedFile): Promise<FileServer> {
  const local = await httpServer(async (request, response) => {
    started.ranges.push(request.headers.range)
    const answer = answerFile(started.file, {
      range: request.headers.range,
      'if-range': request.headers['if-range'] === undefined ? undefined : String(request.headers['if-range']),
    })
    response.writeHead(answer.status, answer.headers)
    response.on('error', () => undefined)
    for (let at = 0; at < answer.body.byteLength && !response.destroyed;) {
      const { stopAt } = started
      const room = stopAt === undefined ? chunkBytes : Math.min(chunkBytes, stopAt.bytes - started.sentBytes)
      const chunk = answer.body.subarray(at, at + room)
      at += chunk.byteLength
      started.sentBytes += chunk.byteLength
      await new Promise<void>((resolve) => void response.write(chunk, () => resolve()))
      if (stopAt !== undefined && started.sentBytes >= stopAt.bytes) {
        if (started.stopAt === stopAt) {
          started.stopAt = undefined
          stopAt.run(response)
        }
        return
      }
    }
    response.end()
  })
  const started: FileServer = {
    url: `${local.origin}/file`,
    local,
    file,
    ranges: [],
    sentBytes: 0,
    stopAt: undefined,
    [Symbol.asyncDispose]: () => local.close(),
  }
  return started
}
