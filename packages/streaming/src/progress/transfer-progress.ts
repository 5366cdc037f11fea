/** How far one direction of one attempt has come. */
export interface TransferProgress {
  /** Bytes of the body as it is on the wire: encoded, without framing. */
  readonly transferredBytes: number
  /** `undefined` until it is known: for a body without a length, at its end. */
  readonly totalBytes: number | undefined
  /** 0 to 1; `undefined` while the total is. */
  readonly ratio: number | undefined
  /** Over the last few seconds of this attempt; 0 before any time has passed. */
  readonly bytesPerSecond: number
  /** Milliseconds that the rest takes at this rate; `undefined` while that cannot be said. */
  readonly etaMs: number | undefined
  /** 0 for the first wire attempt. One that is made again starts anew. */
  readonly attempt: number
}

/** Told of progress. What it throws fails the transfer. */
export type ProgressListener = (progress: TransferProgress) => void
