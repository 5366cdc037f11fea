import type { Clock, HttpResponse } from '@halyard/core'
import type { DownloadSource, SavedFile, SaveOptions } from '@halyard/streaming/download'
import type { ClientResponse } from '../call/client-response.ts'
import type { PendingCall, Sending } from '../call/pending-call.ts'
import { ReopenedAnswer } from './reopened-answer.ts'

/** A call on its way, and who it belongs to. */
export interface SentCall {
  readonly sent: Promise<ClientResponse>
  readonly pending: PendingCall
  readonly sending: Sending
}

/** Saves what a call will be answered with. The call waits until the file is open, and may then ask for a part only. */
export async function savePending(
  call: SentCall,
  clock: Clock,
  path: string | URL,
  options: SaveOptions | undefined,
): Promise<SavedFile> {
  const answer = new PendingAnswer(call)
  try {
    // Loaded where there is something to save: most programs have nothing.
    const { download } = await import('@halyard/streaming/download')
    return await download(answer, path, options ?? {}, clock)
  } catch (failure) {
    answer.giveUp(failure)
    throw failure
  } finally {
    await answer.letGo()
  }
}

/** The answer to a call that is not sent before somebody opens it. */
class PendingAnswer implements DownloadSource {
  readonly target: string
  readonly ranged: boolean
  readonly #sent: Promise<ClientResponse>
  readonly #pending: PendingCall
  readonly #go: PromiseWithResolvers<void> = Promise.withResolvers()
  #answer: ReopenedAnswer | undefined

  constructor({ sent, pending, sending }: SentCall) {
    this.target = sending.target
    this.ranged = sending.preview()?.headers.has('range') ?? false
    this.#sent = sent
    this.#pending = pending
    // Whoever saves is told; the call itself nobody else awaits.
    sent.catch(() => undefined)
    this.#go.promise.catch(() => undefined)
    if (pending.context === undefined) pending.hold = this.#go.promise
  }

  async open(headers: Readonly<Record<string, string>>): Promise<HttpResponse> {
    if (this.#answer !== undefined) return await this.#answer.open(headers)
    const inTime = this.#pending.context === undefined
    if (inTime) this.#pending.headers = headers
    this.#go.resolve()
    const response = await this.#sent
    this.#answer = new ReopenedAnswer(response.answer())
    return await this.#answer.open(inTime ? {} : headers)
  }

  async check(response: HttpResponse): Promise<void> {
    await this.#answer?.check(response)
  }

  /** The call is not sent, if it was not yet. */
  giveUp(failure: unknown): void {
    this.#go.reject(failure)
  }

  async letGo(): Promise<void> {
    await this.#answer?.letGo()
  }
}
