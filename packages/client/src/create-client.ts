import {
  ClientRuntime,
  attachSend,
  compose,
  type AnyMiddleware,
  type ContributedOptions,
  type HeaderList,
  type Runtime,
} from '@halyard/core'
import { acceptEncoding, decodeContent } from '@halyard/streaming/decode'
import { transfer } from '@halyard/streaming/transfer'
import { RequestBuilder } from './call/build-request.ts'
import { CallSender } from './call/call-sender.ts'
import { baseUrl } from './config/base-url.ts'
import type { ClientConfig } from './config/client-config.ts'
import { extendConfig } from './config/extend-config.ts'
import { resolveConfig, type ResolvedConfig } from './config/resolve-config.ts'
import { withoutSecrets } from './config/secret-headers.ts'
import { HttpClient, type ClientParts } from './http-client.ts'
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
 * @param base What paths are joined to. Text without a scheme is https where `tls` is set, else http.
 * @throws ConfigError for a wrong type or range, or an unknown option; it names option, value and what was expected.
 */
export function createClient<const C extends readonly AnyMiddleware[], const A extends readonly AnyMiddleware[]>(
  base?: string | URL,
  config: ClientConfig<C, A> = {},
): HttpClient<ContributedOptions<C> & ContributedOptions<A>> {
  const resolved = resolveConfig(config)
  const host = new ClientRuntime(resolved.clock)
  const runtime = attachSend(host, resolved.transport.open(host))
  return new HttpClient(assemble(base, resolved, { host, runtime, config }))
}

interface Assembly {
  readonly host: ClientRuntime
  readonly runtime: Runtime
  /** What the client was made with, for those that extend it. */
  readonly config: object
}

/** Puts the layers in the order of `standardOrder`, and what a request needs beside them. */
function assemble(base: unknown, resolved: ResolvedConfig, { host, runtime, config }: Assembly): ClientParts {
  const { transport, totalMs, attemptMs, callMiddlewares, attemptMiddlewares, decoding, transferring } = resolved
  // Layers of others may wait for something that no exchange ends.
  const keptInside =
    transport.keepsDeadline === true &&
    callMiddlewares.length === 0 &&
    attemptMiddlewares.length === 0 &&
    transferring.chunking !== 'never'
  const layers = [
    ...callMiddlewares,
    deadline(totalMs, keptInside),
    decodeContent(decoding),
    attemptTimeout(attemptMs),
    ...attemptMiddlewares,
    transfer(transferring),
  ]
  // Said once here, so that the layer finds it there and no call pays for it.
  const codings = acceptEncoding(decoding)
  const asking = (headers: HeaderList): HeaderList =>
    codings === undefined || headers.has('accept-encoding') ? headers : headers.append('accept-encoding', codings)
  const builder = new RequestBuilder({
    base: baseUrl(base, resolved.secure),
    headers: asking(
      resolved.headers.has('user-agent') ? resolved.headers : resolved.headers.append('user-agent', 'halyard'),
    ),
    foreignHeaders: asking(withoutSecrets(resolved.headers, resolved.secretHeaders)),
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
    transport,
    layers: [...layers.map(({ name }) => name), transport.name],
    extend: (extra) => {
      const extended = extendConfig(config, extra)
      const own = { ...resolveConfig({ ...extended.config, transport }), secure: resolved.secure }
      return assemble(extended.base ?? base, own, { host, runtime, config: extended.config })
    },
    close: () => host.close(),
    destroy: async (error) => {
      await transport.destroy?.(error ?? new Error('destroyed'))
      await host.close()
    },
  }
}
