export type { BodyInit } from './body/encode-body.ts'
export type { FileBodyOptions } from './body/file-body.ts'
export { file } from './body/file-body.ts'
export type { MediaTypeOptions } from './body/helpers.ts'
export { bytes, form, text } from './body/helpers.ts'
export type { JsonBodyOptions } from './body/json-body.ts'
export { json } from './body/json-body.ts'
export type { CallOptions } from './call/call-options.ts'
export type { Timings } from './call/client-response.ts'
export { ClientResponse } from './call/client-response.ts'
export type { IncomingLike } from './call/forward.ts'
export { ResponsePromise } from './call/response-promise.ts'
export type { ClientConfig, LimitOptions, UseOptions } from './config/client-config.ts'
export type { TlsMaterial, TlsOptions } from './config/tls-options.ts'
export { createClient } from './create-client.ts'
export type { CallOptionsOf, ExtendConfig } from './http-client.ts'
export { HttpClient } from './http-client.ts'
export type { CallTimeout, TimeoutOptions } from './layers/call-timeout.ts'
export { standardOrder } from './layers/standard-order.ts'
export type { Problem } from './readers/status-error.ts'
export { ClientRequestError, RemoteServerError, StatusError } from './readers/status-error.ts'
export type { Schema } from './readers/validate.ts'
export type {
  Call,
  CallKey,
  ErrorCode,
  HeaderList,
  HeadersInit,
  HttpHandler,
  HttpRequest,
  HttpResponse,
  MediaType,
  Middleware,
  PathParams,
  QueryInit,
  QueryStyle,
  RequestBody,
  ResponseBody,
  Runtime,
  TimeoutPhase,
  Transport,
  ValidationIssue,
} from '@halyard/core'
export {
  AbortedError,
  AuthError,
  BodyError,
  callKey,
  canResend,
  ConfigError,
  HttpError,
  isHttpError,
  isIdempotent,
  isSafe,
  RedirectError,
  RejectedError,
  respond,
  TimeoutError,
  TransportError,
  ValidationError,
} from '@halyard/core'
export type { HttpVersionChoice, OriginStats, PoolOptions, TransportLimits } from '@halyard/transport'
export { ConnectionPool, connectionPool } from '@halyard/transport'
