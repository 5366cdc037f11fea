import type { Schema } from '@halyard/binding/record'
import {
  ConfigError,
  encodeQuery,
  headerList,
  type AnyMiddleware,
  type Clock,
  type HeaderList,
  type HeadersInit,
  type QueryInit,
  type QueryStyle,
  type Transport,
} from '@halyard/core'
import {
  durationMs,
  guarded,
  integer,
  number,
  oneOf,
  optionObject,
  orFalse,
  string,
  type Given,
  type OptionSpec,
} from '@halyard/core/options'
import { guardSpec, transport as pooledTransport, type TransportOptions } from '@halyard/transport'
import type { TimeoutOptions } from '../layers/call-timeout.ts'
import type { CompressionOptions, DecodeOptions } from '@halyard/streaming/decode'
import type { TransferOptions } from '@halyard/streaming/transfer'
import { authSpec, type AuthConfig } from './client-auth.ts'
import { bindingConfig, schemaOption, type BindingConfig } from './binding-config.ts'
import { resilienceOf, resilienceTable, type ResilienceOptions } from './resilience-config.ts'
import type { EndpointTls } from './endpoint-tls.ts'
import { warnOfEnvironment } from '@halyard/tls'
import { proxyOption } from './proxy-config.ts'
import { tlsOption } from './tls-options.ts'

const duration = orFalse(durationMs)
const timeoutTable: OptionSpec<Given<TimeoutOptions>> = optionObject({
  totalMs: duration,
  attemptMs: duration,
  queueMs: duration,
  connectMs: duration,
  headersMs: duration,
  idleMs: duration,
})
const noTimeouts = timeoutTable({}, 'timeout')
const timeoutSpec: OptionSpec<Given<TimeoutOptions>> = (value, option) =>
  typeof value === 'number' || value === false
    ? { ...noTimeouts, totalMs: duration(value, option) }
    : timeoutTable(value, option)
const limitsTable = optionObject({
  statusLineBytes: integer({ min: 16 }),
  headerBytes: integer({ min: 64 }),
  bodyBytes: integer({ min: 0 }),
  decodedRatio: number({ min: 1 }),
  interimResponses: integer({ min: 0 }),
})

const noLimits = limitsTable({}, 'limits')

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
const isMiddleware = (value: unknown): value is AnyMiddleware =>
  isObject(value) &&
  'name' in value &&
  typeof value.name === 'string' &&
  'wrap' in value &&
  typeof value.wrap === 'function'
const isMiddlewareList = (value: unknown): value is readonly AnyMiddleware[] =>
  Array.isArray(value) && value.every(isMiddleware)
const isNames = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((name) => typeof name === 'string')
const isTransport = (value: unknown): value is Transport =>
  isObject(value) && 'open' in value && typeof value.open === 'function'
const isClock = (value: unknown): value is Clock => isObject(value) && 'now' in value && 'after' in value
const isHeaders = (value: unknown): value is HeadersInit => isObject(value)
const isQuery = (value: unknown): value is QueryInit => isObject(value) && !Array.isArray(value)
const middlewares = guarded(isMiddlewareList, 'a list of middlewares: objects with a name and wrap()')

/** Left for the transport to check; typed as what it will be found to be, or refused. */
const anything = <T>(value: unknown): T => value as T

const spec = optionObject({
  headers: guarded(isHeaders, 'an object of header fields'),
  query: guarded(isQuery, 'an object of query parameters'),
  queryStyle: oneOf('repeat', 'comma', 'brackets', 'deepObject'),
  secretHeaders: guarded(isNames, 'a list of header names'),
  // The transport checks these two.
  pool: anything<TransportOptions['pool']>,
  timeout: timeoutSpec,
  limits: limitsTable,
  binding: bindingConfig,
  errorSchema: schemaOption,
  // The layer of codings checks this one.
  compression: anything<CompressionOptions>,
  chunking: oneOf('auto', 'always', 'never'),
  httpVersion: oneOf('auto', '1.1', '2'),
  http2: anything<TransportOptions['http2']>,
  tls: tlsOption,
  auth: authSpec,
  proxy: proxyOption,
  guard: guardSpec,
  socketPath: string,
  use: optionObject({ call: middlewares, attempt: middlewares }),
  transport: guarded(isTransport, 'a transport: an object with a name and open()'),
  clock: guarded(isClock, 'a clock'),
  ...resilienceTable,
})

export interface ResolvedConfig {
  readonly headers: HeaderList
  readonly query: string
  readonly queryStyle: QueryStyle
  readonly secretHeaders: readonly string[]
  readonly totalMs: number | false
  readonly attemptMs: number | false
  readonly callMiddlewares: readonly AnyMiddleware[]
  readonly attemptMiddlewares: readonly AnyMiddleware[]
  readonly transport: Transport
  readonly clock: Clock | undefined
  readonly secure: boolean
  /** Whether a path may be a URL of its own. */
  readonly absoluteUrls: boolean
  readonly auth: AuthConfig | undefined
  readonly binding: BindingConfig | undefined
  readonly errorSchema: Schema | undefined
  readonly decoding: DecodeOptions
  readonly transferring: TransferOptions
  readonly resilience: ResilienceOptions
}

/** Networks' options, which mean nothing to a transport of one's own. */
const networkOptions = ['pool', 'httpVersion', 'http2', 'tls', 'proxy', 'socketPath'] as const
/** Of `guard`, likewise. */
const guardOptions = ['privateNetworks', 'allow', 'deny', 'schemes'] as const

/** Checks everything, and fills in the defaults. @throws ConfigError naming option, value and what was expected. */
export function resolveConfig(config: unknown, endpoints?: EndpointTls): ResolvedConfig {
  const own = spec(config, '')
  if (own.transport !== undefined) {
    for (const name of networkOptions) {
      if (own[name] !== undefined)
        throw new ConfigError({ option: name, value: typeof own[name], expected: 'nothing, for `transport` is given' })
    }
    for (const name of guardOptions) {
      if (own.guard?.[name] !== undefined)
        throw new ConfigError({ option: `guard.${name}`, value: '…', expected: 'nothing, for `transport` is given' })
    }
    if (endpoints?.any === true)
      throw new ConfigError({ option: 'endpoints', value: 'tls', expected: 'no `tls`, for `transport` is given' })
  }
  const queryStyle = own.queryStyle ?? 'repeat'
  const { totalMs, attemptMs, ...phases } = own.timeout ?? noTimeouts
  const { decodedRatio, ...limits } = own.limits ?? noLimits
  const maxBufferedBytes = limits.bodyBytes
  const { tls } = own
  warnOfEnvironment()
  return {
    headers: headerList(own.headers),
    query: own.query === undefined ? '' : encodeQuery(own.query, queryStyle),
    queryStyle,
    secretHeaders: own.secretHeaders ?? [],
    totalMs: totalMs ?? 30_000,
    attemptMs: attemptMs ?? false,
    callMiddlewares: own.use?.call ?? [],
    attemptMiddlewares: own.use?.attempt ?? [],
    clock: own.clock,
    secure: own.tls !== undefined || (own.auth !== undefined && own.auth !== false),
    auth: own.auth,
    absoluteUrls: own.guard?.absoluteUrls !== 'deny',
    binding: own.binding,
    errorSchema: own.errorSchema,
    decoding: { maxRatio: decodedRatio, maxBufferedBytes, ...own.compression },
    resilience: resilienceOf(own),
    transferring: { chunking: own.chunking, maxBufferedBytes },
    transport:
      own.transport ??
      pooledTransport({
        pool: own.pool,
        timeout: phases,
        limits,
        tls: endpoints === undefined ? tls : (origin) => endpoints.of(origin, tls),
        httpVersion: own.httpVersion,
        http2: own.http2,
        socketPath: own.socketPath,
        proxy: own.proxy,
        guard: own.guard,
      }),
  }
}
