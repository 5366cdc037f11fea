import {
  httpRequest,
  noHeaders,
  type Call,
  type Clock,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
} from '@halyard/core'
import { ask } from '../limit/ask.ts'
import type { BreakerSettings } from './breaker-options.ts'
import type { Circuit } from './circuit.ts'
import { isFailedAnswer, isFailedError } from './is-failure.ts'

/** What is done with the outcome of one attempt. */
interface Observer {
  readonly onResponse: (response: HttpResponse) => HttpResponse
  readonly onError: (error: unknown) => never
}

/** The circuit of one origin, with calls going through it. */
export class GuardedOrigin {
  readonly circuit: Circuit
  /** Calls that were refused so far. */
  rejected = 0
  readonly #settings: BreakerSettings
  readonly #clock: Clock
  /** Whether an outcome can be judged by itself: then one observer does for all calls of a phase. */
  readonly #isPlain: boolean
  #shared: Observer | undefined
  #sharedTicket = 0

  constructor(circuit: Circuit, settings: BreakerSettings, clock: Clock) {
    this.circuit = circuit
    this.#settings = settings
    this.#clock = clock
    this.#isPlain = settings.classify === undefined && settings.circuit.slowCallMs === Infinity
  }

  /** Sends a call that was admitted just now. */
  send(request: HttpRequest, call: Call, next: HttpHandler): Promise<HttpResponse> {
    const { ticket } = this.circuit
    const { onResponse, onError } = this.#isPlain ? this.#plain(ticket) : this.#observer(request, ticket)
    return ask(next, request, call).then(onResponse, onError)
  }

  /** A probe also frees its place as soon as its call is cancelled, whatever the layers below make of it. */
  sendProbe(request: HttpRequest, call: Call, next: HttpHandler): Promise<HttpResponse> {
    const { circuit } = this
    const { ticket } = circuit
    const { onResponse, onError } = this.#observer(request, ticket)
    const listener = { onCancel: () => circuit.release(ticket) }
    call.addListener(listener)
    return ask(next, request, call).then(
      (response) => {
        call.removeListener(listener)
        return onResponse(response)
      },
      (error: unknown) => {
        call.removeListener(listener)
        return onError(error)
      },
    )
  }

  #plain(ticket: number): Observer {
    let shared = this.#shared
    if (shared === undefined || this.#sharedTicket !== ticket) {
      shared = this.#observer(anyRequest, ticket)
      this.#shared = shared
      this.#sharedTicket = ticket
    }
    return shared
  }

  #observer(request: HttpRequest, ticket: number): Observer {
    const settings = this.#settings
    const { circuit } = this
    const clock = this.#isPlain ? undefined : this.#clock
    const startedAt = clock?.now() ?? 0
    const tell = (failed: boolean | undefined): void => {
      const latencyMs = clock === undefined ? 0 : clock.now() - startedAt
      if (failed === undefined) circuit.release(ticket)
      else if (failed) circuit.failure(latencyMs, ticket)
      else circuit.success(latencyMs, ticket)
    }
    return {
      onResponse: (response) => {
        let failed: boolean | undefined
        try {
          failed = isFailedAnswer(settings, request, response)
        } catch (thrown) {
          circuit.release(ticket)
          void response.body.discard()
          throw thrown
        }
        tell(failed)
        return response
      },
      onError: (error) => {
        let failed: boolean | undefined
        try {
          failed = isFailedError(settings, request, error)
        } finally {
          tell(failed)
        }
        throw error
      },
    }
  }
}

/** The default judges an outcome by itself: whose it is does not matter, and the request is not held. */
const anyRequest: HttpRequest = httpRequest({
  method: 'GET',
  origin: 'http://localhost',
  path: '/',
  headers: noHeaders,
  body: undefined,
})
