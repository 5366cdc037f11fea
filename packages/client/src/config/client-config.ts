import type { Schema } from '@halyard/binding/record'
import type { AnyMiddleware, Clock, HeadersInit, QueryInit, QueryStyle, Transport } from '@halyard/core'
import type {
  ConnectionPool,
  GuardOptions,
  Http2Options,
  HttpVersionChoice,
  PoolOptions,
  TransportLimits,
} from '@halyard/transport'
import type { CompressionOptions } from '@halyard/streaming/decode'
import type { Chunking } from '@halyard/streaming/transfer'
import type { TimeoutOptions } from '../layers/call-timeout.ts'
import type { BindingConfig } from './binding-config.ts'
import type { AuthConfig } from './client-auth.ts'
import type { ProxyConfig } from './proxy-config.ts'
import type { ResilienceOptions } from './resilience-config.ts'
import type { TlsInit } from '@halyard/tls'

export interface LimitOptions extends TransportLimits {
  /** Decoded bytes for each byte received, for bodies that are compressed. @defaultValue 200 */
  readonly decodedRatio?: number | undefined
}

/** Middlewares of one's own: around the whole call, and around each attempt. First is outermost. */
export interface UseOptions<C extends readonly AnyMiddleware[], A extends readonly AnyMiddleware[]> {
  readonly call?: C | undefined
  readonly attempt?: A | undefined
}

export interface ClientConfig<
  C extends readonly AnyMiddleware[] = readonly AnyMiddleware[],
  A extends readonly AnyMiddleware[] = readonly AnyMiddleware[],
> extends ResilienceOptions {
  /** With every request; secret ones only to the base's origin. */
  readonly headers?: HeadersInit | undefined
  /** With every request to the base's origin. */
  readonly query?: QueryInit | undefined
  /** @defaultValue 'repeat' */
  readonly queryStyle?: QueryStyle | undefined
  /** More names of headers that stay on their origin and are never printed. */
  readonly secretHeaders?: readonly string[] | undefined
  /** Limits for a pool of its own, or a shared one made by `connectionPool`. */
  readonly pool?: PoolOptions | ConnectionPool | undefined
  /** A number is `totalMs`. */
  readonly timeout?: number | false | TimeoutOptions | undefined
  readonly limits?: LimitOptions | undefined
  /** How payloads are decoded and bound; a call may say otherwise. */
  readonly binding?: BindingConfig | undefined
  /** Binds the bodies of failures: `StatusError.body`. */
  readonly errorSchema?: Schema | undefined
  /** Which content codings are asked for, how request bodies are compressed, and how far bodies may expand. */
  readonly compression?: CompressionOptions | undefined
  /**
   * How request bodies are sent whose length is not known; a call may say otherwise. `auto`: in chunks. `always`: no
   * length is told, of no body. `never`: they are read into memory first. @defaultValue 'auto'
   */
  readonly chunking?: Chunking | undefined
  /** @defaultValue 'auto' */
  readonly httpVersion?: HttpVersionChoice | undefined
  readonly http2?: Http2Options | undefined
  /** Options, a function that has them and is asked again and again, or files that are watched: `watch({ … })`. */
  readonly tls?: TlsInit | undefined
  /**
   * Credentials for the base's origin and those of the endpoints, or rules that name origins. They go nowhere else, and
   * take the place of the client's own header of the same name.
   */
  readonly auth?: AuthConfig | undefined
  /** The proxy: a URL, an object with more, a function, `'env'`, or `false`. @defaultValue false */
  readonly proxy?: ProxyConfig | undefined
  /** Where the client must not connect to, whoever chose the URL. @defaultValue anywhere */
  readonly guard?: GuardOptions | undefined
  /** Connects to this unix domain socket. */
  readonly socketPath?: string | undefined
  readonly use?: UseOptions<C, A> | undefined
  /** Another end of the chain: a mock, or one of your own. Options of the network are then not allowed. */
  readonly transport?: Transport | undefined
  /** For tests. @defaultValue the machine's clock */
  readonly clock?: Clock | undefined
}
