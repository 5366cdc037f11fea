import type { HeadersInit, PathParams, QueryInit, QueryStyle } from '@halyard/core'
import type { HeaderList } from '@halyard/core'
import type { TransportRequestOptions } from '@halyard/transport'
import type { BodyInit } from '../body/encode-body.ts'
import type { CallTimeout } from '../layers/call-timeout.ts'

/** What every call understands; each layer and each middleware of the client adds its own. */
export interface CallOptions {
  /** Values for the `{name}` placeholders of the path; each stays in its segment. */
  readonly params?: PathParams
  /** Added to the query of the base and the path; `undefined` and `null` are left out. */
  readonly query?: QueryInit
  /** @defaultValue the client's */
  readonly queryStyle?: QueryStyle
  /** Replaces the client's fields of the same name; `undefined` removes one, an array repeats it. */
  readonly headers?: HeadersInit
  /** For verbs that have no body argument. */
  readonly body?: BodyInit
  /** The `content-type`, whatever the body's kind or `headers` say. */
  readonly mediaType?: string
  /** The `accept` field. @defaultValue what the reader reads */
  readonly accept?: string
  readonly signal?: AbortSignal | undefined
  /** Milliseconds in all, or limits by phase. */
  readonly timeout?: CallTimeout
  readonly limits?: TransportRequestOptions['limits']
  /** Told of each 1xx answer. */
  readonly onInformational?: (status: number, headers: HeaderList) => void
}

/** Names that a client without middlewares of its own knows; others are refused. */
export const callOptionNames: ReadonlySet<string> = new Set([
  'params',
  'query',
  'queryStyle',
  'headers',
  'body',
  'mediaType',
  'accept',
  'signal',
  'timeout',
  'limits',
  'onInformational',
])
