import type { Exchange } from '../exchange/exchange.ts'

/** What speaks HTTP over the socket of one connection. It never connects again. */
export interface Channel {
  readonly httpVersion: '1.0' | '1.1' | '2'
  /** Requests that it carries at once, as far as is known by now. */
  readonly capacity: number
  /** Whether the peer has said what it allows. */
  readonly settled: boolean
  /** Sends a request; there must be room for it. */
  dispatch(exchange: Exchange): void
  /** A request was written: from here on an answer may come. */
  started(exchange: Exchange): void
  /** Nothing is left to do for now. It must not keep the process, and ends when it has lain long enough. */
  rest(): void
  /** Ends with whatever it carries. */
  destroy(error: Error): void
}

export interface ChannelOwner {
  /** The socket is gone, or takes no more requests; what it carries ends by itself. Told once or more. */
  onLost(): void
  /** `capacity` or `settled` has changed. */
  onCapacity(): void
}
