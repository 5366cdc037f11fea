import type { AnyMiddleware, Clock, HeadersInit, QueryInit, QueryStyle, Transport } from '@halyard/core'
import type { ConnectionPool, Http2Options, HttpVersionChoice, PoolOptions, TransportLimits } from '@halyard/transport'
import type { TimeoutOptions } from '../layers/call-timeout.ts'
import type { TlsOptions } from './tls-options.ts'

export interface LimitOptions extends TransportLimits {
  /** Decoded bytes for each byte received, for bodies that are compressed. @defaultValue 200 */
  readonly decodedRatio?: number
}

/** Middlewares of one's own: around the whole call, and around each attempt. First is outermost. */
export interface UseOptions<C extends readonly AnyMiddleware[], A extends readonly AnyMiddleware[]> {
  readonly call?: C
  readonly attempt?: A
}

export interface ClientConfig<
  C extends readonly AnyMiddleware[] = readonly AnyMiddleware[],
  A extends readonly AnyMiddleware[] = readonly AnyMiddleware[],
> {
  /** With every request; secret ones only to the base's origin. */
  readonly headers?: HeadersInit
  /** With every request to the base's origin. */
  readonly query?: QueryInit
  /** @defaultValue 'repeat' */
  readonly queryStyle?: QueryStyle
  /** More names of headers that stay on their origin and are never printed. */
  readonly secretHeaders?: readonly string[]
  /** Limits for a pool of its own, or a shared one made by `connectionPool`. */
  readonly pool?: PoolOptions | ConnectionPool
  /** A number is `totalMs`. */
  readonly timeout?: number | false | TimeoutOptions
  readonly limits?: LimitOptions
  /** @defaultValue 'auto' */
  readonly httpVersion?: HttpVersionChoice
  readonly http2?: Http2Options
  readonly tls?: TlsOptions
  /** Connects to this unix domain socket. */
  readonly socketPath?: string
  readonly use?: UseOptions<C, A>
  /** Another end of the chain: a mock, or one of your own. Options of the network are then not allowed. */
  readonly transport?: Transport
  /** For tests. @defaultValue the machine's clock */
  readonly clock?: Clock
}
