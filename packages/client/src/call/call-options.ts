import type { AuthCallOptions } from '@halyard/auth'
import type { Schema } from '@halyard/binding/record'
import {
  ConfigError,
  type HeaderList,
  type HeadersInit,
  type PathParams,
  type QueryInit,
  type QueryStyle,
} from '@halyard/core'
import { oneOf } from '@halyard/core/options'
import type { LimitCallOptions } from '@halyard/resilience/limit'
import type { RetryCallOptions } from '@halyard/resilience/retry'
import type { DecodeCallOptions } from '@halyard/streaming/decode'
import type { TransferCallOptions } from '@halyard/streaming/transfer'
import type { TransportRequestOptions } from '@halyard/transport'
import type { BodyInit } from '../body/encode-body.ts'
import { bindingConfig, schemaOption, type BindingConfig } from '../config/binding-config.ts'
import type { CallTimeout } from '../layers/call-timeout.ts'

/** What every call understands; each layer and each middleware of the client adds its own. */
export interface CallOptions {
  /** Values for the `{name}` placeholders of the path; each stays in its segment. */
  readonly params?: PathParams | undefined
  /** Added to the query of the base and the path; `undefined` and `null` are left out. */
  readonly query?: QueryInit | undefined
  /** @defaultValue the client's */
  readonly queryStyle?: QueryStyle | undefined
  /** Replaces the client's fields of the same name; `undefined` removes one, an array repeats it. */
  readonly headers?: HeadersInit | undefined
  /** For verbs that have no body argument. */
  readonly body?: BodyInit
  /** The `content-type`, whatever the body's kind or `headers` say. */
  readonly mediaType?: string | undefined
  /** The `accept` field. @defaultValue what the reader reads */
  readonly accept?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** Milliseconds in all, or limits by phase. */
  readonly timeout?: CallTimeout | undefined
  readonly limits?: (TransportRequestOptions['limits'] & DecodeCallOptions['limits']) | undefined
  /** How the answer is decoded and bound: what is given replaces the client's, the rest stands. */
  readonly binding?: BindingConfig | undefined
  /** Binds the body of a failure. @defaultValue the client's */
  readonly errorSchema?: Schema | undefined
  /** `false`: one attempt. What is given replaces the client's, the rest stands. */
  readonly retry?: RetryCallOptions['retry'] | undefined
  /** Makes POST and PATCH repeatable: a key for the server to tell a repetition by; `true` makes one. */
  readonly idempotencyKey?: RetryCallOptions['idempotencyKey'] | undefined
  /** Credentials instead of the client's, for the origin that the call goes to; `false` is none. */
  readonly auth?: AuthCallOptions['auth'] | undefined
  /** Who goes first where calls wait. @defaultValue 'normal' */
  readonly priority?: LimitCallOptions['priority'] | undefined
  /** Codings of this call, instead of the client's. */
  readonly compression?: DecodeCallOptions['compression'] | undefined
  /** Told as the socket takes the request body; from 0 again with each attempt. What it throws fails the call. */
  readonly onUploadProgress?: TransferCallOptions['onUploadProgress'] | undefined
  /** Told as the response body is read, in bytes as they were sent. What it throws fails the reading. */
  readonly onDownloadProgress?: TransferCallOptions['onDownloadProgress'] | undefined
  /** Bytes a second that each body of the call takes at most. */
  readonly rateBytesPerSecond?: TransferCallOptions['rateBytesPerSecond'] | undefined
  /** @defaultValue the client's */
  readonly chunking?: TransferCallOptions['chunking'] | undefined
  /** Told of each 1xx answer. */
  readonly onInformational?: (status: number, headers: HeaderList) => void | undefined
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
  'binding',
  'errorSchema',
  'retry',
  'idempotencyKey',
  'auth',
  'priority',
  'compression',
  'onUploadProgress',
  'onDownloadProgress',
  'rateBytesPerSecond',
  'chunking',
  'onInformational',
])

const priority = oneOf('high', 'normal', 'low')
const queryStyle = oneOf('repeat', 'comma', 'brackets', 'deepObject')
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Checks what nobody further inside would: headers, media types and time limits are checked where they are used.
 * @param own Of no prototype.
 * @throws ConfigError
 */
export function checkCallOptions(own: CallOptions): void {
  const { params, query, signal, onInformational } = own
  if (params !== undefined && !isObject(params)) refuse('params', params, 'an object of values')
  if (query !== undefined && !isObject(query)) refuse('query', query, 'an object or URLSearchParams')
  if (own.queryStyle !== undefined) queryStyle(own.queryStyle, 'queryStyle')
  // The limits check it again: a client may have none.
  if (own.priority !== undefined) priority(own.priority, 'priority')
  if (own.binding !== undefined) bindingConfig(own.binding, 'binding')
  if (own.errorSchema !== undefined) schemaOption(own.errorSchema, 'errorSchema')
  if (signal !== undefined && !isSignal(signal)) refuse('signal', signal, 'an AbortSignal')
  if (onInformational !== undefined && typeof onInformational !== 'function')
    refuse('onInformational', onInformational, 'a function')
}

/** The caller's own signal. */
export function signalOf(options: Readonly<Record<string, unknown>>): AbortSignal | undefined {
  const signal = Object.hasOwn(options, 'signal') ? options['signal'] : undefined
  return isSignal(signal) ? signal : undefined
}

function isSignal(value: unknown): value is AbortSignal {
  return typeof value === 'object' && value !== null && 'aborted' in value && 'addEventListener' in value
}

function refuse(option: string, value: unknown, expected: string): never {
  throw new ConfigError({ option, value, expected })
}
