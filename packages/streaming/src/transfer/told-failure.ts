import type { ProgressListener } from '../progress/transfer-progress.ts'

/** What a listener threw: to a transport it is a body that failed, to the caller it is the error itself. */
export class ToldFailure {
  #failure: { readonly error: unknown } | undefined

  /** `listener`, its failure kept. */
  watch(listener: ProgressListener): ProgressListener {
    return (progress) => {
      try {
        listener(progress)
      } catch (error) {
        this.#failure ??= { error }
        throw error
      }
    }
  }

  /** What the listener threw, or `error` where it did not. */
  instead(error: unknown): unknown {
    return this.#failure === undefined ? error : this.#failure.error
  }
}
