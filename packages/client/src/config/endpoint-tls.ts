import type { AuthProvider } from '@halyard/auth'
import { ConfigError } from '@halyard/core'
import type { TlsSetting } from '@halyard/transport'
import type { Balancer, EndpointInit, EndpointLike, EndpointSource } from '@halyard/resilience/balance'
import type { TlsInit, TlsSource } from '@halyard/tls'
import { namedSource } from './named-source.ts'
import { tlsOption } from './tls-options.ts'

/** An endpoint, with an identity of its own where it needs one. */
export interface ClientEndpoint extends EndpointInit {
  /** For connections to this endpoint, instead of the client's `tls`. */
  readonly tls?: TlsInit | undefined
  /** For requests to this endpoint's origin, instead of the client's `auth`; `false` is none. */
  readonly auth?: AuthProvider | false | undefined
}

/** Where a client's requests may go: a list, or what tells of one. */
export type Endpoints = readonly (EndpointLike | ClientEndpoint)[] | EndpointSource

/** Whether a base is several. */
export function isEndpoints(base: unknown): base is Endpoints {
  return Array.isArray(base) || (typeof base === 'object' && base !== null && 'watch' in base)
}

/** The TLS identities of endpoints: each is used for its own origin, and for no other. */
export class EndpointTls {
  /** As the balancer takes them. */
  readonly endpoints: readonly EndpointLike[] | EndpointSource
  /** Knows under which name an address is verified. */
  balancer: Balancer | undefined
  readonly #own = new Map<string, TlsSource>()

  /** @throws ConfigError for material that is not right, or two identities for one origin. */
  constructor(endpoints: Endpoints) {
    this.endpoints = 'watch' in endpoints ? endpoints : endpoints.map((one, index) => this.#without(one, index))
  }

  /** Whether an endpoint brings an identity. */
  get any(): boolean {
    return this.#own.size > 0
  }

  /** What a connection to `origin` is made with; `tls` is that of the client. */
  of(origin: string, tls: TlsSource | undefined): TlsSetting | undefined {
    const own = this.#own.get(origin) ?? tls
    if (!origin.startsWith('https:') || own?.current().servername !== undefined) return own
    const name = this.balancer?.endpoints().find(({ url }) => originOf(url) === origin)?.serverName
    return name === undefined ? own : namedSource(own, name)
  }

  #without(endpoint: EndpointLike | ClientEndpoint, index: number): EndpointLike {
    if (typeof endpoint !== 'object' || endpoint === null || endpoint instanceof URL) return endpoint
    if (!hasTls(endpoint) || endpoint.tls === undefined) return endpoint
    const { tls, ...rest } = endpoint
    const option = `endpoints[${index}].tls`
    const made = tlsOption(tls, option)
    const origin = originOf(endpoint.url)
    // What is no URL, the balancer refuses.
    if (origin === undefined) return rest
    if (this.#own.has(origin)) {
      throw new ConfigError({ option, value: origin, expected: 'one identity for each origin' })
    }
    this.#own.set(origin, made)
    return rest
  }
}

/** Its own, and not one of a polluted `Object.prototype`. */
function hasTls(endpoint: object): endpoint is { readonly url: string | URL; readonly tls: TlsInit } {
  return Object.hasOwn(endpoint, 'tls')
}

/** That of an endpoint's URL; `undefined` for what is no URL. */
export function originOf(url: unknown): string | undefined {
  return typeof url === 'string' || url instanceof URL ? URL.parse(String(url))?.origin : undefined
}
