import { BodyError, type HttpResponse } from '@halyard/core'
import type { DownloadSource } from './download-source.ts'
import type { FileFaults } from './file-faults.ts'
import type { Halt } from './halt.ts'
import type { AskedRange } from './range-answer.ts'
import type { Validator } from './validator.ts'

/** The requests of one download. */
export class Exchange {
  readonly #source: DownloadSource
  readonly #faults: FileFaults
  /** Ranges count the bytes of the file, so that no coding may be in between. */
  readonly #identity: boolean

  constructor(source: DownloadSource, faults: FileFaults, identity: boolean) {
    this.#source = source
    this.#faults = faults
    this.#identity = identity
  }

  /** The answer to the request without a range, of which a file can be made. */
  async openWhole(halt: Halt): Promise<HttpResponse> {
    const response = await this.#open(this.#identity ? { 'accept-encoding': 'identity' } : {}, halt)
    await this.acceptWhole(response)
    return response
  }

  openRange({ first, end }: AskedRange, validator: Validator | undefined, halt: Halt): Promise<HttpResponse> {
    return this.#open(
      {
        range: `bytes=${first}-${end === undefined ? '' : end - 1}`,
        ...(validator === undefined ? {} : { 'if-range': validator.value }),
        'accept-encoding': 'identity',
      },
      halt,
    )
  }

  /** @throws what the source throws for the status; BodyError for one of which no file can be made */
  async acceptWhole(response: HttpResponse): Promise<void> {
    const { status } = response
    try {
      await this.#source.check(response)
      if (status === 206 && this.#source.ranged !== true) {
        throw this.#refuse('decode', 'the answer is a part (206), and no range was asked for')
      }
      // Where only some statuses are failures, an answer without the file must not take the place of one.
      if (status === 304 || (this.#identity && (status < 200 || status > 299))) {
        throw this.#refuse('no-content', `the answer (${status}) is not the file`)
      }
    } catch (error) {
      dismiss(response)
      throw error
    }
  }

  async #open(headers: Readonly<Record<string, string>>, halt: Halt): Promise<HttpResponse> {
    const opening = this.#source.open(headers)
    try {
      const response = await halt.race(opening)
      this.#faults.sent = 'yes'
      return response
    } catch (error) {
      // Stopped while it was under way: what comes is nobody's.
      opening.then(dismiss, () => undefined)
      throw error
    }
  }

  #refuse(code: 'decode' | 'no-content', why: string): BodyError {
    const { target } = this.#source
    return new BodyError(`${target}: ${why}`, { code, sent: 'yes', target })
  }
}

/** Lets go of a response that is not read; not waited for. */
export function dismiss({ body }: HttpResponse): void {
  body.discard().catch(() => undefined)
}
