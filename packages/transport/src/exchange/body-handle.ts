import type { ChunkTaker, ResponseBody, SettledListener } from '@halyard/core'
import type { IncomingBody } from './incoming-body.ts'

/**
 * When a handle is collected unread, nobody can read its body any more: the socket it holds is let go.
 * The exchange knows the inner body and never the handle, so that the handle can be collected.
 */
const forgotten = new FinalizationRegistry<IncomingBody>((body) => {
  if (!body.settled && !body.claimed) body.leave()
})

/** A response body as its users see it. */
export class BodyHandle implements ResponseBody {
  readonly #body: IncomingBody

  constructor(body: IncomingBody) {
    this.#body = body
  }

  /** Lets the socket go should this handle be collected unread. For bodies that have not come whole with their head. */
  guard(): void {
    forgotten.register(this, this.#body)
  }

  takeBuffered(): Uint8Array | undefined {
    return this.#body.takeBuffered()
  }

  bytes(): Promise<Uint8Array> {
    return this.#body.bytes()
  }

  stream(): AsyncIterable<Uint8Array> {
    const body = this.#body
    body.startStream()
    const iterator: AsyncIterator<Uint8Array, undefined> = {
      next: () => body.next(),
      return: () => {
        body.leave()
        return Promise.resolve({ done: true, value: undefined })
      },
    }
    return { [Symbol.asyncIterator]: () => iterator }
  }

  drainTo(take: ChunkTaker): Promise<void> {
    return this.#body.drainTo(take)
  }

  discard(): Promise<void> {
    return this.#body.discard()
  }

  onSettled(listener: SettledListener): void {
    this.#body.onSettled(listener)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.discard()
  }
}
