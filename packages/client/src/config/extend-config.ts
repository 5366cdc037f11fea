import { mergeHeaders, headerList, type AnyMiddleware, type QueryInit, type QueryObject } from '@halyard/core'
import { durationMs, guarded, optionObject, orFalse } from '@halyard/core/options'
import { bindingConfig } from './binding-config.ts'
import type { ClientConfig } from './client-config.ts'

const duration = orFalse(durationMs)
const anything = (value: unknown): unknown => value
const isConfig = (value: unknown): value is ClientConfig => typeof value === 'object' && value !== null

/** What `extend` takes: connections are shared, so nothing of theirs can change. */
const spec = optionObject({
  base: anything,
  headers: anything,
  query: anything,
  queryStyle: anything,
  secretHeaders: anything,
  auth: anything,
  binding: anything,
  errorSchema: anything,
  compression: anything,
  chunking: anything,
  timeout: (value, option) =>
    typeof value === 'object'
      ? optionObject({ totalMs: duration, attemptMs: duration })(value, option)
      : { totalMs: duration(value, option) },
  use: optionObject({ call: anything, attempt: anything }),
})

export interface Extension {
  readonly base: unknown
  /** Whether it brings credentials of its own. */
  readonly bringsAuth: boolean
  /** The configuration of the extended client, without what makes connections. */
  readonly config: ClientConfig
}

/** Lays `extra` over the configuration a client was made with. @throws ConfigError */
export function extendConfig(configured: object, extra: object): Extension {
  const known = ownProperties(guarded(isConfig, 'an object')(configured, 'config'))
  const own = spec(extra, 'extend')
  const {
    pool: _pool,
    httpVersion: _version,
    http2: _http2,
    tls: _tls,
    socketPath: _path,
    proxy: _proxy,
    guard,
    transport: _transport,
    ...kept
  } = known
  const config: Record<string, unknown> = { ...kept }
  // What of it is not the connections'.
  if (guard !== undefined) config['guard'] = { absoluteUrls: ownProperties(guard).absoluteUrls }
  if (own.queryStyle !== undefined) config['queryStyle'] = own.queryStyle
  if (own.query !== undefined)
    config['query'] = isParameters(own.query) ? { ...parameters(known.query), ...parameters(own.query) } : own.query
  // None is ever taken off: what the client keeps secret stays so.
  if (Array.isArray(own.secretHeaders)) config['secretHeaders'] = [...(known.secretHeaders ?? []), ...own.secretHeaders]
  else if (own.secretHeaders !== undefined) config['secretHeaders'] = own.secretHeaders
  if (isHeaders(own.headers)) config['headers'] = mergeHeaders(headerList(known.headers), own.headers)
  else if (own.headers !== undefined) config['headers'] = own.headers
  if (own.auth !== undefined) config['auth'] = own.auth
  if (own.errorSchema !== undefined) config['errorSchema'] = own.errorSchema
  if (own.binding !== undefined) config['binding'] = { ...known.binding, ...bindingConfig(own.binding, 'binding') }
  if (own.compression !== undefined) config['compression'] = own.compression
  if (own.chunking !== undefined) config['chunking'] = own.chunking
  if (own.timeout !== undefined) config['timeout'] = { ...limits(known.timeout), ...present(own.timeout) }
  const use = known.use === undefined ? undefined : ownProperties(known.use)
  config['use'] = {
    call: around(own.use?.call, use?.call),
    attempt: around(own.use?.attempt, use?.attempt),
  }
  return { base: own.base, bringsAuth: own.auth !== undefined, config }
}

/** A copy that a polluted `Object.prototype` adds nothing to. */
function ownProperties<T extends object>(value: T): T {
  return Object.assign(Object.create(null), value)
}

function isParameters(value: unknown): value is QueryInit {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Parameters by name, to be merged. */
function parameters(query: QueryInit | undefined): QueryObject {
  if (!(query instanceof URLSearchParams)) return query ?? {}
  const byName: Record<string, string[]> = Object.create(null)
  for (const [name, value] of query) (byName[name] ??= []).push(value)
  return byName
}

/** The new ones go around the old. What is no list is left for the configuration's own check. */
function around(outer: unknown, inner: readonly AnyMiddleware[] | undefined): unknown {
  if (outer === undefined) return inner
  return Array.isArray(outer) ? [...outer, ...(inner ?? [])] : outer
}

function limits(timeout: ClientConfig['timeout']): object {
  return typeof timeout === 'object' ? timeout : present({ totalMs: timeout })
}

function present(options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

function isHeaders(value: unknown): value is Readonly<Record<string, string>> {
  return typeof value === 'object' && value !== null
}
