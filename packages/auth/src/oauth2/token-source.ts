import { CallContext, describeTarget, type Call, type HttpRequest, type Runtime, type Sent } from '@halyard/core'
import type { Session } from './exchange.ts'
import type { Grant } from './grant.ts'
import { HeldToken } from './held-token.ts'
import { TokenFailure } from './oauth2-error.ts'
import type { TokenClient } from './token-client.ts'
import type { TokenKeeper } from './token-keeper.ts'
import type { TokenSet } from './token-set.ts'
import { givenUp, wanted } from './wanted.ts'
import type { AuthEvent, TokenEvent, TokenFailureEvent } from './auth-event.ts'

/** The first wait after a failure; each further one doubles it. */
const firstPauseMs = 1000
const longestPauseMs = 30_000
/** A server may ask for a longer one, up to here. */
const longestAskedMs = 300_000
/** A token that was refused this soon after a renewal is not renewed again: another would not help. */
const renewalPauseMs = 1000

/** A call that waits, and what its error would say. */
export interface Waiter {
  readonly request: HttpRequest
  readonly call: Call
  readonly runtime: Runtime
  readonly sent: Sent
}

interface Flight {
  readonly runtime: Runtime
  readonly outcome: Promise<HeldToken | TokenFailure>
  /** The client through which it went was closed. */
  abandoned: boolean
}

type Told = Omit<TokenEvent, 'provider' | 'grant'> | Omit<TokenFailureEvent, 'provider' | 'grant'>

/**
 * The token of one provider: asked for when the first call needs it, by one request however many calls wait. Who waits may
 * leave; the request goes on for the others.
 */
export class TokenSource {
  readonly #client: TokenClient
  readonly #grant: Grant
  readonly #keeper: TokenKeeper
  readonly #closing = new WeakSet<Runtime>()
  readonly #open = new Map<Flight, CallContext>()
  #held: HeldToken | undefined
  #flight: Flight | undefined
  #failure: TokenFailure | undefined
  #failures = 0
  #pauseUntil = -Infinity

  constructor(client: TokenClient, grant: Grant, keeper: TokenKeeper) {
    this.#client = client
    this.#grant = grant
    this.#keeper = keeper
  }

  /** A token that is good; at once where there is one. */
  take(waiter: Waiter): HeldToken | Promise<HeldToken> {
    const held = this.#held
    const { runtime } = waiter
    if (held === undefined || !held.isGood(runtime)) return this.#wait(waiter, undefined)
    if (this.#flight === undefined && held.isDue(runtime) && runtime.now() >= this.#pauseUntil) {
      this.#start(runtime, undefined)
    }
    return held
  }

  /** Another than `refused`; `undefined` where there is no sense in asking for one. */
  renew(refused: HeldToken | undefined, waiter: Waiter): HeldToken | undefined | Promise<HeldToken> {
    const held = this.#held
    const { runtime } = waiter
    // Others were here before: it was replaced since the request was sent.
    if (held !== undefined && held !== refused && refused !== undefined && held.isGood(runtime)) return held
    if (held !== undefined && (held === refused || refused === undefined)) {
      if (held.renewedAt !== undefined && runtime.now() - held.renewedAt < renewalPauseMs) return undefined
      held.rejected = true
    }
    return this.#wait(waiter, held)
  }

  /** Takes over what was had by other means, as a code that was redeemed. */
  async adopt(set: TokenSet, session: Session): Promise<void> {
    await this.#keeper.save(set, session)
    this.#held = new HeldToken(set, this.#client.options, session.runtime)
    this.#succeeded()
  }

  async #wait(waiter: Waiter, refused: HeldToken | undefined): Promise<HeldToken> {
    const { request, call, runtime, sent } = waiter
    for (;;) {
      const paused = this.#flight === undefined && runtime.now() < this.#pauseUntil
      if (paused && this.#failure !== undefined) throw this.#failure.toError(targetOf(request), sent)
      const flight = this.#flight ?? this.#start(runtime, refused)
      const outcome = await wanted(flight.outcome, call, runtime)
      if (outcome === undefined) throw givenUp(request, call, sent)
      if (outcome instanceof HeldToken) return outcome
      // Another client's end is not the end of this call.
      if (!flight.abandoned || flight.runtime === runtime) throw outcome.toError(targetOf(request), sent)
    }
  }

  #start(runtime: Runtime, refused: HeldToken | undefined): Flight {
    const call = new CallContext()
    this.#stopWhenClosed(runtime)
    const flight: Flight = { runtime, abandoned: false, outcome: this.#fly(call, runtime, refused) }
    this.#flight = flight
    this.#open.set(flight, call)
    return flight
  }

  /** Never rejects: nobody may be waiting. */
  async #fly(call: CallContext, runtime: Runtime, refused: HeldToken | undefined): Promise<HeldToken | TokenFailure> {
    const startedAt = runtime.now()
    try {
      const session: Session = { runtime, call, http: this.#client.options.http }
      const set = await this.#keeper.next(this.#client, this.#grant, session, refused?.accessToken.reveal())
      const renewedAt = refused === undefined ? undefined : runtime.now()
      const held = new HeldToken(set, this.#client.options, runtime, renewedAt)
      this.#held = held
      this.#succeeded()
      this.#tell(runtime, { type: 'token', durationMs: runtime.now() - startedAt, expiresAt: set.expiresAt })
      return held
    } catch (error) {
      const failure =
        error instanceof TokenFailure ? error : new TokenFailure('it could not be asked for', { cause: error })
      if (this.#flight?.abandoned !== true) this.#failed(failure, runtime)
      this.#tell(runtime, {
        type: 'failure',
        durationMs: runtime.now() - startedAt,
        error: failure.toError('', 'no'),
      })
      return failure
    } finally {
      call.end()
      if (this.#flight !== undefined) this.#open.delete(this.#flight)
      this.#flight = undefined
    }
  }

  #succeeded(): void {
    this.#failure = undefined
    this.#failures = 0
    this.#pauseUntil = -Infinity
  }

  /** Who comes soon gets the same error, and the server is left alone. */
  #failed(failure: TokenFailure, runtime: Runtime): void {
    const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(this.#failures, 10))
    const asked = Math.min(failure.facts.retryAfterMs ?? 0, longestAskedMs)
    this.#failure = failure
    this.#failures += 1
    this.#pauseUntil = runtime.now() + Math.max(pause, asked)
  }

  #tell(runtime: Runtime, told: Told): void {
    if (!runtime.events.listening('auth')) return
    const event: AuthEvent = { provider: 'oauth2', grant: this.#grant.name, ...told }
    runtime.events.emit('auth', event)
  }

  /** Once for each client that asks: its end stops what goes through it. */
  #stopWhenClosed(runtime: Runtime): void {
    if (this.#closing.has(runtime)) return
    this.#closing.add(runtime)
    runtime.onClose(() => {
      for (const [flight, call] of this.#open) {
        if (flight.runtime !== runtime) continue
        flight.abandoned = true
        call.cancel(new Error('the client is closed'))
      }
    })
  }
}

function targetOf(request: HttpRequest): string {
  return describeTarget(request)
}
