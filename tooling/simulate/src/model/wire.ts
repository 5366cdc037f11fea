import {
  AbortedError,
  describeTarget,
  HttpError,
  respond,
  TimeoutError,
  TransportError,
  type Call,
  type CancellationListener,
  type CancelTimer,
  type Clock,
  type HttpRequest,
  type HttpResponse,
  type Transport,
} from '@halyard/core'
import type { Job, Server } from './server.ts'

export interface WireSettings {
  /** By origin. */
  readonly servers: ReadonlyMap<string, Server>
  /** There and back again. */
  readonly networkMs: number
  /** How long a client waits for the head of an answer. */
  readonly headersMs: number
}

/** A transport to servers that are simulated. */
export function wire(settings: WireSettings): Transport {
  return {
    name: 'wire',
    open: (runtime) => (request, call) => {
      const server = settings.servers.get(request.origin)
      if (server === undefined) {
        const target = describeTarget(request)
        const facts = { code: 'connect', reason: 'dns', sent: 'no', target } as const
        return Promise.reject(new TransportError(`${target}: no such server`, facts))
      }
      return new Promise((resolve, reject) => {
        new Exchange({ request, call, clock: runtime, settings, resolve, reject }).begin(server)
      })
    },
  }
}

interface ExchangeInit {
  readonly request: HttpRequest
  readonly call: Call
  readonly clock: Pick<Clock, 'after'>
  readonly settings: WireSettings
  readonly resolve: (response: HttpResponse) => void
  readonly reject: (error: unknown) => void
}

/** One request and its answer. */
class Exchange implements Job, CancellationListener {
  isAwaited = true
  readonly #init: ExchangeInit
  #cancelTimeout: CancelTimer | undefined

  constructor(init: ExchangeInit) {
    this.#init = init
  }

  begin(server: Server): void {
    const { call, clock, settings } = this.#init
    call.addListener(this)
    if (!this.isAwaited) return
    this.#cancelTimeout = clock.after(settings.headersMs, () => this.#timeOut())
    server.take(this)
  }

  answer(status: number): void {
    const { clock, settings, request, resolve } = this.#init
    if (!this.isAwaited) return
    clock.after(settings.networkMs, () => {
      if (this.#settle()) resolve(respond({ status, url: request.origin }))
    })
  }

  onCancel(reason: unknown): void {
    if (!this.#settle()) return
    const target = describeTarget(this.#init.request)
    const aborted = (): HttpError => new AbortedError(`${target}: aborted`, { sent: 'maybe', target, cause: reason })
    this.#init.reject(reason instanceof HttpError ? reason : aborted())
  }

  #timeOut(): void {
    if (!this.#settle()) return
    const target = describeTarget(this.#init.request)
    const { headersMs: limitMs } = this.#init.settings
    const message = `${target}: no answer within ${limitMs} ms (headers)`
    this.#init.reject(new TimeoutError(message, { phase: 'headers', limitMs, sent: 'maybe', target }))
  }

  /** False where it was over already. */
  #settle(): boolean {
    if (!this.isAwaited) return false
    this.isAwaited = false
    this.#cancelTimeout?.()
    this.#init.call.removeListener(this)
    return true
  }
}
