import {
  ClientRuntime,
  ConfigError,
  attachSend,
  compose,
  type AnyMiddleware,
  type BaseUrl,
  type ContributedOptions,
  type HeaderList,
  type Runtime,
} from '@halyard/core'
import type { AuthRule, Origins } from '@halyard/auth'
import { acceptEncoding, decodeContent } from '@halyard/streaming/decode'
import { transfer } from '@halyard/streaming/transfer'
import { RequestBuilder } from './call/build-request.ts'
import { CallSender } from './call/call-sender.ts'
import { baseUrl } from './config/base-url.ts'
import { authLayer, authRules } from './config/client-auth.ts'
import { EndpointAuth } from './config/endpoint-auth.ts'
import { EndpointTls, isEndpoints, type Endpoints } from './config/endpoint-tls.ts'
import type { ClientConfig } from './config/client-config.ts'
import { extendConfig } from './config/extend-config.ts'
import { resolveConfig, type ResolvedConfig } from './config/resolve-config.ts'
import { withoutSecrets } from './config/secret-headers.ts'
import { HttpClient, type ClientParts } from './http-client.ts'
import { resilienceLayers, type ResilienceLayers } from './config/resilience-config.ts'
import { attemptTimeout } from './layers/attempt-timeout.ts'
import { deadline } from './layers/deadline.ts'

/**
 * Makes a client. Never connects; everything about it can be left out.
 *
 * @example
 * ```ts
 * await using api = createClient('https://api.example.com/v1', { headers: { 'x-tenant': 'acme' } })
 * const user = await api.get('/users/{id}', { params: { id: 42 } }).json(User)
 * ```
 * @param base What paths are joined to. Text without a scheme is https where `tls` or `auth` is set, else http. A list of
 * endpoints, or a source of one, is balanced.
 * @throws ConfigError for a wrong type or range, or an unknown option; it names option, value and what was expected.
 */
export function createClient<const C extends readonly AnyMiddleware[], const A extends readonly AnyMiddleware[]>(
  base?: string | URL | Endpoints,
  config: ClientConfig<C, A> = {},
): HttpClient<ContributedOptions<C> & ContributedOptions<A>> {
  const credentials = isEndpoints(base) ? new EndpointAuth(base) : undefined
  const identities = credentials === undefined ? undefined : new EndpointTls(credentials.endpoints)
  const resolved = resolveConfig(config, identities)
  const host = new ClientRuntime(resolved.clock)
  const resilience = resilienceLayers(resolved.resilience, identities?.endpoints, resolved.clock)
  if (identities !== undefined) identities.balancer = resilience.balancer
  const runtime = attachSend(host, resolved.transport.open(host))
  const home =
    credentials === undefined ? originsOf(baseUrl(base, resolved.secure)) : endpointOrigins(credentials, resilience)
  const own = credentials?.rules ?? []
  const auth = { own, home, rules: [...own, ...authRules(resolved.auth, home)] }
  const assembly = { host, runtime, resilience, config, auth }
  return new HttpClient(assemble(resilience.balancer?.base ?? base, resolved, assembly))
}

interface Assembly {
  readonly host: ClientRuntime
  readonly runtime: Runtime
  /** Shared with those that extend the client. */
  readonly resilience: ResilienceLayers
  /** What the client was made with, for those that extend it. */
  readonly config: object
  readonly auth: ClientAuth
}

/** Credentials of a client, and where they go. */
interface ClientAuth {
  /** Of the endpoints. */
  readonly own: readonly AuthRule[]
  /** The client's own origins. */
  readonly home: Origins | undefined
  readonly rules: readonly AuthRule[]
}

function originsOf(base: BaseUrl | undefined): Origins | undefined {
  return base === undefined ? undefined : [base.origin]
}

/** Those of a list, or those that a source names at the time. */
function endpointOrigins({ origins }: EndpointAuth, { balancer }: ResilienceLayers): Origins {
  if (origins !== undefined) return (origin) => origins.has(origin)
  return (origin) => balancer?.endpoints().some(({ url }) => URL.parse(url)?.origin === origin) === true
}

/** With a base of its own, a client that extends another has its own origins; credentials stay where they were bound to. */
function extendedAuth(
  base: BaseUrl | undefined,
  resolved: ResolvedConfig,
  before: ClientAuth,
  bringsAuth: boolean,
): ClientAuth {
  const home = originsOf(base) ?? before.home
  return {
    own: before.own,
    home,
    rules: bringsAuth ? [...before.own, ...authRules(resolved.auth, home)] : before.rules,
  }
}

/** Puts the layers in the order of `standardOrder`, and what a request needs beside them. */
function assemble(base: unknown, resolved: ResolvedConfig, assembly: Assembly): ClientParts {
  const { host, runtime, resilience, config } = assembly
  const { transport, totalMs, attemptMs, callMiddlewares, attemptMiddlewares, decoding, transferring } = resolved
  // Layers of others may wait for something that no exchange ends.
  const keptInside =
    transport.keepsDeadline === true &&
    callMiddlewares.length === 0 &&
    attemptMiddlewares.length === 0 &&
    transferring.chunking !== 'never'
  const credentials = authLayer(assembly.auth.rules, assembly.auth.home)
  const layers = [
    ...callMiddlewares,
    ...resilience.outermost,
    deadline(totalMs, keptInside),
    decodeContent(decoding),
    ...resilience.attempts,
    attemptTimeout(attemptMs),
    ...attemptMiddlewares,
    credentials,
    transfer(transferring),
  ]
  // Said once here, so that the layer finds it there and no call pays for it.
  const codings = acceptEncoding(decoding)
  const asking = (headers: HeaderList): HeaderList =>
    codings === undefined || headers.has('accept-encoding') ? headers : headers.append('accept-encoding', codings)
  const ownBase = baseUrl(base, resolved.secure)
  if (ownBase === undefined && !resolved.absoluteUrls)
    throw new ConfigError({
      option: 'guard.absoluteUrls',
      value: 'deny',
      expected: "'allow', for the client has no base",
    })
  const builder = new RequestBuilder({
    base: ownBase,
    absoluteUrls: resolved.absoluteUrls,
    headers: asking(
      resolved.headers.has('user-agent') ? resolved.headers : resolved.headers.append('user-agent', 'halyard'),
    ),
    foreignHeaders: asking(withoutSecrets(resolved.headers, [...resolved.secretHeaders, ...credentials.secretHeaders])),
    acceptEncoding: codings,
    query: resolved.query,
    queryStyle: resolved.queryStyle,
    openOptions: callMiddlewares.length + attemptMiddlewares.length > 0,
  })
  return {
    sender: new CallSender(compose(layers, runtime.send, runtime), runtime, {
      binding: resolved.binding,
      errorSchema: resolved.errorSchema,
    }),
    builder,
    breaker: resilience.breaker,
    balancer: resilience.balancer,
    events: host.events,
    stats: () => ({ ...host.stats(), ...transport.stats?.() }),
    layers: [...layers.map(({ name }) => name), transport.name],
    extend: (extra) => {
      const extended = extendConfig(config, extra)
      const own = { ...resolveConfig({ ...extended.config, transport }), secure: resolved.secure }
      const based = extended.base === undefined ? undefined : baseUrl(extended.base, own.secure)
      const auth = extendedAuth(based, own, assembly.auth, extended.bringsAuth)
      return assemble(extended.base ?? base, own, { ...assembly, config: extended.config, auth })
    },
    close: () => host.close(),
    destroy: async (error) => {
      await transport.destroy?.(error ?? new Error('destroyed'))
      await host.close()
    },
  }
}
