import type { Certificate } from '../certificates/certificate.ts'

/** What a proxy is to do. */
export interface ProxySettings {
  /** Wants these credentials. @defaultValue none */
  readonly auth?: { readonly username: string; readonly password: string }
  /** Where names lead to instead of what they say: the tests' names resolve nowhere else. @defaultValue everything to 127.0.0.1 */
  readonly resolve?: (host: string) => string
}

export interface HttpProxySettings extends ProxySettings {
  /** Speaks TLS to its clients. @defaultValue false */
  readonly secure?: boolean
  /** Of a secure proxy. @defaultValue one of the {@link testAuthority} */
  readonly certificate?: Certificate
}

/** One thing that a client asked a proxy for. */
export interface ProxiedRequest {
  /** `CONNECT`, the method of a request in absolute form, or the command `SOCKS4`, `SOCKS4a`, `SOCKS5`. */
  readonly method: string
  /** As the client wrote it: `host:port`, or a URL. */
  readonly target: string
  /** By names in lower case; of SOCKS none. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** The credentials that came, `username:password`; of SOCKS4 the user. */
  readonly credentials: string | undefined
}

/** Loopback for whatever is asked for. */
export function toLoopback(): string {
  return '127.0.0.1'
}
