import { BodyError, type Sent } from '@halyard/core'

/** Makes errors of the file system into those of a download. */
export class FileFaults {
  readonly target: string
  /** How far the exchange has come: nothing is sent before there is a file to write to. */
  sent: Sent = 'no'

  constructor(target: string) {
    this.target = target
  }

  /** Waits for work on a file. @throws BodyError with code `file`, the error of the file system as its cause */
  async guard<T>(path: string, work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (cause) {
      throw this.of(path, cause)
    }
  }

  of(path: string, cause: unknown): BodyError {
    const { target, sent } = this
    const code = errnoOf(cause)
    const why = code === undefined ? '' : ` (${code})`
    return new BodyError(`${target}: cannot save to ${path}${why}`, { code: 'file', sent, target, cause })
  }

  /** For what no system call has refused. */
  refuse(path: string, code: string, why: string): BodyError {
    return this.of(path, Object.assign(new Error(`${code}: ${why}, '${path}'`), { code, path }))
  }
}

/** `ENOENT` and the like. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
