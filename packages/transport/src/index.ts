export type { TransportRequestOptions } from './call-settings.ts'
export type { HttpVersionChoice } from './connect/connection-settings.ts'
export type { TlsSetting, TlsSource } from './connect/tls/tls-source.ts'
export { guardDefaults, guardSpec } from './connect/guard/guard-options.ts'
export type { GuardOptions } from './connect/guard/guard-options.ts'
export type { ProxyChoice, ProxyOf, ProxyOption } from './connect/proxy/proxy-options.ts'
export type { ProxyLogin } from './connect/proxy/proxy-server.ts'
export type { OriginStats } from './pool/origin-pool.ts'
export { connectionPool, ConnectionPool } from './pool/connection-pool.ts'
export type { PoolStats } from './pool/connection-pool.ts'
export { poolDefaults } from './pool/pool-options.ts'
export type { PoolOptions } from './pool/pool-options.ts'
export { limitDefaults, timeoutDefaults } from './transport-options.ts'
export type {
  Http2Options,
  TlsOfOrigin,
  TransportLimits,
  TransportOptions,
  TransportTimeouts,
} from './transport-options.ts'
export { transport } from './transport.ts'
