export type { BodyInit } from './body/encode-body.ts'
export type { FileBodyOptions } from './body/file-body.ts'
export { file } from './body/file-body.ts'
export type { NdjsonOptions } from './body/ndjson-body.ts'
export { ndjson } from './body/ndjson-body.ts'
export type { MediaTypeOptions } from './body/helpers.ts'
export { bytes, form, text } from './body/helpers.ts'
export { json } from './body/json-body.ts'
export { xml } from './body/xml-body.ts'
export type { CallOptions } from './call/call-options.ts'
export type { Timings } from './call/client-response.ts'
export { ClientResponse } from './call/client-response.ts'
export type { IncomingLike } from './call/forward.ts'
export type { ClientEventMap } from './call/client-events.ts'
export { ResponsePromise } from './call/response-promise.ts'
export type { AuthConfig } from './config/client-auth.ts'
export type { BindingConfig } from './config/binding-config.ts'
export type { ClientConfig, LimitOptions, UseOptions } from './config/client-config.ts'
export type { ClientEndpoint, Endpoints } from './config/endpoint-tls.ts'
export type { ProxyConfig, ProxyTarget } from './config/proxy-config.ts'
export type { ResilienceOptions } from './config/resilience-config.ts'
export { createClient } from './create-client.ts'
export type { CallOptionsOf, ExtendConfig } from './http-client.ts'
export { HttpClient } from './http-client.ts'
export type { CallTimeout, TimeoutOptions } from './layers/call-timeout.ts'
export { standardOrder } from './layers/standard-order.ts'
export { ClientPart } from './readers/client-part.ts'
export type { BoundEvent } from './readers/event-reader.ts'
export type { LineOptions } from './readers/line-reader.ts'
export { ClientRequestError, RemoteServerError, StatusError } from './readers/status-error.ts'
export type { BoundAnswer, HeadersOption, ReaderOptions, XmlReaderOptions } from './readers/value-readers.ts'
export type {
  ApiKeyOptions,
  AuthCallOptions,
  AuthProvider,
  AuthRule,
  Challenge,
  DigestAlgorithm,
  DigestOptions,
  SecretSource,
  SecretText,
} from '@halyard/auth'
export { apiKey, basic, bearer, digest, netrc, parseChallenges, Secret } from '@halyard/auth'
export type { JwtAlgorithm, JwtKey, JwtOptions } from '@halyard/auth/jwt'
export { jwt } from '@halyard/auth/jwt'
export type { TokenSet, TokenStore } from '@halyard/auth/oauth2'
export { fileTokens, memoryTokens, oauth2, OAuth2Error } from '@halyard/auth/oauth2'
export type { DpopOptions, HttpSignatureOptions, SigV4Options } from '@halyard/auth/sign'
export { dpop, httpSignature, presignUrl, sigv4 } from '@halyard/auth/sign'
export type { FormBodyOptions, FormValue } from '@halyard/binding/form'
export type { JsonBodyOptions } from '@halyard/binding/json'
export type { MatchCase, MatchCases, MatchResult, OutputOf, Problem, Schema } from '@halyard/binding/record'
export { DecodeError, MissingHeaderError, withJsonSchema } from '@halyard/binding/record'
export type { XmlBodyOptions, XmlElement, XmlRecordsOptions, XmlValue } from '@halyard/binding/xml'
export type {
  Call,
  CallKey,
  CertificateFacts,
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
  TlsFacts,
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
export type {
  GuardOptions,
  HttpVersionChoice,
  OriginStats,
  PoolOptions,
  ProxyLogin,
  TransportLimits,
} from '@halyard/transport'
export { ConnectionPool, connectionPool } from '@halyard/transport'
export type {
  FilePart,
  MultipartBody,
  MultipartOptions,
  MultipartReadOptions,
  Part,
  PartFields,
  PartInit,
  SavedPart,
} from '@halyard/multipart'
export { filePart, jsonPart, multipart, MultipartError, MultipartForm, rootPart } from '@halyard/multipart'
export type {
  Balancer,
  BalanceRule,
  DnsOptions,
  EndpointInit,
  EndpointSource,
  EndpointState,
  HealthOptions,
  OutlierOptions,
  Strategy,
} from '@halyard/resilience/balance'
export { ballerinaFailover, ballerinaLoadBalance, dns, EndpointsError } from '@halyard/resilience/balance'
export type { BreakerSnapshot, CircuitBreaker, CircuitBreakerOptions, CircuitState } from '@halyard/resilience/breaker'
export { ballerinaCircuitBreaker } from '@halyard/resilience/breaker'
export type { DeadlineHeaderOptions } from '@halyard/resilience/deadline'
export { deadlineHeader, inboundDeadline, withInboundDeadline } from '@halyard/resilience/deadline'
export type { FallbackHandler } from '@halyard/resilience/fallback'
export { staleIfError } from '@halyard/resilience/fallback'
export type { HedgeOptions } from '@halyard/resilience/hedge'
export type { AdaptiveLimitOptions, BulkheadOptions, Priority, RateLimitOptions } from '@halyard/resilience/limit'
export type { Backoff, BudgetOptions, Failure, Jitter, RetryOptions } from '@halyard/resilience/retry'
export { ballerinaRetry, constant, decorrelated, exponential } from '@halyard/resilience/retry'
export type { CompressionOptions, ContentCoding } from '@halyard/streaming/decode'
export type { SavedFile, SaveOptions } from '@halyard/streaming/download'
export type { EventStreamOptions, ServerSentEvent } from '@halyard/streaming/events'
export type {
  PinOptions,
  PinReport,
  TlsEvent,
  TlsInit,
  TlsMaterial,
  TlsOptions,
  WatchedTls,
  WatchOptions,
} from '@halyard/tls'
export { watch } from '@halyard/tls'
export type { Chunking, TransferProgress } from '@halyard/streaming/transfer'
