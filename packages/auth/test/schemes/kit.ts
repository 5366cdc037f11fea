import { inspect } from 'node:util'
import {
  createPipeline,
  httpRequest,
  newCall,
  noHeaders,
  respond,
  type HttpRequest,
  type Pipeline,
} from '@halyard/core'
import { fakeRuntime, mockTransport, type MockAnswer, type MockHandler, type MockTransport } from '@halyard/testing'
import { auth, type AuthCallOptions, type AuthOptions, type AuthProvider } from '../../src/index.ts'

export const origin = 'https://api.test'

export function requestTo(url: string, parts: Partial<HttpRequest> = {}): HttpRequest {
  const { origin: own, pathname, search } = new URL(url)
  const { method = 'GET', headers = noHeaders, body } = parts
  return httpRequest({ method, origin: own, path: pathname + search, headers, body })
}

/** What a provider makes of a request. */
export async function applied(
  provider: AuthProvider,
  request: HttpRequest = requestTo(`${origin}/x`),
): Promise<HttpRequest> {
  return await provider.apply(request, newCall(), fakeRuntime())
}

export interface Scene {
  readonly api: Pipeline<AuthCallOptions>
  readonly transport: MockTransport
  /** The values of `authorization` that went out. */
  readonly sent: () => (string | undefined)[]
}

/** A client of the layer alone, with the provider for {@link origin}. */
export function scene(
  provider: AuthProvider,
  answers: MockHandler | readonly MockAnswer[] = () => respond(),
  options: AuthOptions = { origins: [origin] },
): Scene {
  const transport = mockTransport(answers)
  const api = createPipeline({ transport, use: [auth(provider, options)] })
  return { api, transport, sent: () => transport.requests.map(({ headers }) => headers.get('authorization')) }
}

/** Everything that a log could hold of a value. */
export function printed(value: unknown): string {
  return [
    inspect(value, { depth: 10, showHidden: true }),
    inspect(value, { depth: 10, getters: true }),
    JSON.stringify(value) ?? '',
    String(value),
    value instanceof Error ? `${value.stack}` : '',
  ].join('\n')
}

/** What a call threw. */
export async function thrownBy(work: () => unknown): Promise<unknown> {
  try {
    await work()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
