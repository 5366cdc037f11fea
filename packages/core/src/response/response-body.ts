/** Called once, when a body ended (no error), failed, or was discarded. */
/** Takes a chunk; a promise where there is no room for more yet. */
export type ChunkTaker = (chunk: Uint8Array) => Promise<void> | undefined

export type SettledListener = (error?: unknown) => void

/**
 * Single use: one of `bytes`, `stream` and `discard`. Whoever does not pass a response on must `discard` it.
 */
export interface ResponseBody extends AsyncDisposable {
  /**
   * The whole body.
   * @throws HttpError when it is cut short, too large, stalls or is aborted; it never resolves with a part.
   */
  bytes(): Promise<Uint8Array>
  /** The body as it arrives; leaving the loop early closes the exchange. Reading stops when the consumer stops. */
  stream(): AsyncIterable<Uint8Array>
  /**
   * Gives each chunk to `take` as it comes, in memory that is used again once that returns: what is kept must be copied.
   * Nothing more comes while what it returned is pending. Resolves at the end of the body. Saves the memory and time of
   * a stream where a body is only passed on.
   */
  drainTo?(take: ChunkTaker): Promise<void>
  /** Drains up to a small limit to keep the connection, else destroys it. Never throws. */
  discard(): Promise<void>
  /** Observe with this; do not wrap the stream. A listener added after the end is called at once. */
  onSettled(listener: SettledListener): void
  /**
   * The whole body where it is here already and nobody has taken it, which is then taken; else `undefined`.
   * Saves a promise to readers of small bodies.
   */
  takeBuffered?(): Uint8Array | undefined
}
