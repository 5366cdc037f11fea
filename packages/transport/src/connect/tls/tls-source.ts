import type { X509Certificate } from 'node:crypto'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import type { HostRuntime } from '@halyard/core'

/** TLS whose material may change, and that has a say after the handshake. `@halyard/tls` makes them. */
export interface TlsSource {
  /**
   * For the next connection; the same object as long as nothing has changed. Connections made with an older one take no
   * new requests, and drain. Asked for every request: it must be cheap, and must not throw.
   */
  current(): ConnectionOptions
  /**
   * Judges a connection after its handshake, resumed ones too. What it throws closes the connection; a `reason` of it
   * (`pin`, `revoked`) becomes that of the error. Its time counts as connecting. When it is not wanted any more, the
   * socket closes.
   * @param chain What the server sent, its own first: for a resumed session, where nothing is sent, what came with the
   * handshake that it goes on from.
   */
  verify?(socket: TLSSocket, host: string, chain: readonly X509Certificate[]): void | Promise<void>
  /** A client begins to use it: it may watch its material by the client's clock, and tell events, until that closes. */
  open?(runtime: HostRuntime): void
  /** Whether sessions are resumed. @defaultValue true */
  readonly sessionReuse?: boolean | undefined
  /** Of the handshake and `verify` alone, within `connectMs`, milliseconds. @defaultValue no limit of its own */
  readonly handshakeTimeoutMs?: number | undefined
}

/** How connections are secured: Node's own options, or a source of them. */
export type TlsSetting = ConnectionOptions | TlsSource

/** Whether it is a source. What is written into `Object.prototype` makes none. */
export function isTlsSource(tls: TlsSetting | undefined): tls is TlsSource {
  if (tls === undefined) return false
  const current: unknown = Reflect.get(tls, 'current')
  return typeof current === 'function' && current !== Reflect.get(Object.prototype, 'current')
}
