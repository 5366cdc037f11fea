import {
  createPipeline,
  describeTarget,
  respond,
  TransportError,
  type Call,
  type HttpRequest,
  type HttpResponse,
  type Pipeline,
  type RespondInit,
  type Sent,
} from '@halyard/core'
import { fakeClock, mockTransport, type FakeClock, type MockTransport } from '@halyard/testing'
import {
  balance,
  type BalanceEvent,
  type BalanceOptions,
  type Balancer,
  type EndpointLike,
} from '../../../src/balance/index.ts'

/** What a backend does: a status, an answer, a failure, or what comes of this. */
export type Behaviour =
  | number
  | RespondInit
  | Error
  | ((request: HttpRequest, call: Call) => HttpResponse | Promise<HttpResponse>)

/** A failure of the connection. */
export function broken(sent: Sent = 'maybe', code: 'socket' | 'connect' | 'tls' = 'socket'): Behaviour {
  return (request) => {
    const target = describeTarget(request)
    throw new TransportError(`${target}: broken (${sent})`, { code, sent, target })
  }
}

/** Never answers; ends when it is cancelled, as the mock transport does. */
export const stalls: Behaviour = () => new Promise<HttpResponse>(() => undefined)

export interface Rig {
  readonly api: Pipeline
  readonly balancer: Balancer
  readonly transport: MockTransport
  readonly clock: FakeClock
  readonly events: BalanceEvent[]
  /** The hosts that were asked, in order. */
  readonly asked: string[]
  /** By host; may be changed at any time. Whoever is not listed answers 200 with its name. */
  readonly behaviours: Record<string, Behaviour>
  /** The body of an answer. */
  readonly text: (path?: string, options?: Parameters<Pipeline['request']>[2], method?: string) => Promise<string>
}

export function rig(
  endpoints: readonly EndpointLike[] | Parameters<typeof balance>[0],
  options: BalanceOptions = {},
  behaviours: Record<string, Behaviour> = {},
): Rig {
  const clock = fakeClock()
  const asked: string[] = []
  const events: BalanceEvent[] = []
  const transport = mockTransport(async (request, call) => {
    const { host } = request.url
    asked.push(host)
    const behaviour = behaviours[host] ?? { body: host }
    if (typeof behaviour === 'number') return respond({ status: behaviour, body: `${host} ${behaviour}` })
    if (behaviour instanceof Error) throw behaviour
    return await (typeof behaviour === 'function' ? behaviour(request, call) : respond(behaviour))
  })
  const balancer = balance(endpoints, options)
  const listening = {
    name: 'listen',
    wrap: (next: Parameters<Balancer['wrap']>[0], runtime: Parameters<Balancer['wrap']>[1]) => {
      const emit = runtime.events.emit.bind(runtime.events)
      Object.assign(runtime.events, {
        listening: (name: string) => name === 'balance',
        emit: (name: string, event: BalanceEvent) => {
          events.push(event)
          emit(name, event)
        },
      })
      return next
    },
  }
  const api = createPipeline({ transport, baseUrl: balancer.base, use: [balancer, listening], clock })
  const text: Rig['text'] = async (path = '/', callOptions = {}, method = 'GET') => {
    const response = await api.request(method, path, callOptions)
    return Buffer.from(await response.body.bytes()).toString()
  }
  return { api, balancer, transport, clock, events, asked, behaviours, text }
}

/** Settles to its error. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    (value) => {
      throw new Error(`it should have failed, and gave ${String(value)}`)
    },
    (error: unknown) => error,
  )
}
