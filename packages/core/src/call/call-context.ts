import type { Call, CancellationListener, ForkedCall, ForkPatch } from './call.ts'
import type { CallKey } from './call-key.ts'

const noOptions: Readonly<Record<string, unknown>> = Object.freeze({})

/**
 * The one implementation of `Call`: the root of a call, and its forks.
 *
 * Ownership: a context listens to its parent and to a caller's signal only while somebody listens to it. Listeners
 * leave when their work settles, so a signal that lives for years gathers none.
 */
export class CallContext implements ForkedCall, CancellationListener {
  readonly options: Readonly<Record<string, unknown>>
  readonly attempt: number
  #deadlineAt: number | undefined
  #deadlineMs: number | undefined
  readonly #parent: CallContext | undefined
  readonly #external: AbortSignal | undefined
  /** The first key set, beside the map that further ones need: most calls have one. */
  #key: symbol | undefined
  #value: unknown
  #state: Map<symbol, unknown> | undefined
  #listeners: CancellationListener[] | CancellationListener | undefined
  #cancelled = false
  #reason: unknown
  #controller: AbortController | undefined
  /** On the root: the highest number that a fork was given. */
  #lastAttempt = 0
  /** On the root: what lets go of the signals made of this call and its forks. */
  #atEnd: (() => void)[] | undefined

  constructor(
    options: Readonly<Record<string, unknown>> = noOptions,
    signal?: AbortSignal,
    parent?: CallContext,
    attempt = 0,
  ) {
    this.options = options
    this.attempt = attempt
    this.#external = signal
    this.#parent = parent
  }

  /** Its own, or its parent's as it is now: that may be lifted. */
  get deadlineAt(): number | undefined {
    return this.#deadlineAt ?? this.#parent?.deadlineAt
  }

  set deadlineAt(at: number | undefined) {
    this.#deadlineAt = at
  }

  get deadlineMs(): number | undefined {
    return this.#deadlineMs ?? this.#parent?.deadlineMs
  }

  set deadlineMs(limit: number | undefined) {
    this.#deadlineMs = limit
  }

  get cancelled(): boolean {
    return this.#cancelled || this.#external?.aborted === true || this.#parent?.cancelled === true
  }

  get reason(): unknown {
    if (this.#cancelled) return this.#reason
    if (this.#external?.aborted === true) return this.#external.reason
    return this.#parent?.reason
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = new AbortController()
      const listener: CancellationListener = { onCancel: (reason) => controller.abort(reason) }
      this.#controller = controller
      this.addListener(listener)
      const root = this.#root()
      root.#atEnd ??= []
      root.#atEnd.push(() => this.removeListener(listener))
    }
    return this.#controller.signal
  }

  /** How many attempts the whole call has taken so far. */
  get attempts(): number {
    return this.#root().#lastAttempt + 1
  }

  /** Whether somebody asked for `signal`: its listeners must go when the call ends. */
  get lent(): boolean {
    return this.#atEnd !== undefined
  }

  /** The call is over, its body too: signals that were made of it hear nothing more, and hold nothing. */
  end(): void {
    const ends = this.#atEnd
    this.#atEnd = undefined
    for (const release of ends ?? []) release()
  }

  addListener(listener: CancellationListener): void {
    if (this.cancelled) {
      listener.onCancel(this.reason)
      return
    }
    const known = this.#listeners
    if (known === undefined) {
      this.#listeners = listener
      this.#attach()
    } else if (Array.isArray(known)) known.push(listener)
    else this.#listeners = [known, listener]
  }

  removeListener(listener: CancellationListener): void {
    const known = this.#listeners
    if (known === listener) this.#listeners = undefined
    else if (Array.isArray(known)) {
      const at = known.indexOf(listener)
      if (at === -1) return
      known.splice(at, 1)
      if (known.length > 0) return
      this.#listeners = undefined
    } else return
    this.#detach()
  }

  cancel(reason: unknown): void {
    if (this.#cancelled) return
    // The parent or the caller's signal may have been first.
    const first = this.cancelled ? this.reason : reason
    this.#cancelled = true
    this.#reason = first
    if (this.#listeners === undefined) return
    this.#detach()
    this.#tell(first)
  }

  /** From the parent. */
  onCancel(reason: unknown): void {
    this.cancel(reason)
  }

  /** From the caller's signal; the name is the DOM's. */
  handleEvent(): void {
    this.cancel(this.#external?.reason)
  }

  get<T>(key: CallKey<T>): T | undefined {
    // The map holds under a key's symbol only what `set` was given with the same key.
    const root = this.#root()
    return (root.#key === key.id ? root.#value : root.#state?.get(key.id)) as T | undefined
  }

  set<T>(key: CallKey<T>, value: T): void {
    const root = this.#root()
    if (root.#key === undefined || root.#key === key.id) {
      root.#key = key.id
      root.#value = value
      return
    }
    root.#state ??= new Map()
    root.#state.set(key.id, value)
  }

  fork(patch?: ForkPatch): CallContext {
    const attempt = patch?.attempt ?? this.attempt
    const root = this.#root()
    if (attempt > root.#lastAttempt) root.#lastAttempt = attempt
    return new CallContext(this.options, patch?.signal, this, attempt)
  }

  #root(): CallContext {
    let root: CallContext = this
    while (root.#parent !== undefined) root = root.#parent
    return root
  }

  /** Tells everybody, even if one fails; whom another removes meanwhile is not told. */
  #tell(reason: unknown): void {
    const failures: unknown[] = []
    for (let one = this.#takeListener(); one !== undefined; one = this.#takeListener()) {
      try {
        one.onCancel(reason)
      } catch (failure) {
        failures.push(failure)
      }
    }
    if (failures.length > 0) throw failures[0]
  }

  #takeListener(): CancellationListener | undefined {
    const known = this.#listeners
    if (Array.isArray(known) && known.length > 1) return known.shift()
    this.#listeners = undefined
    return Array.isArray(known) ? known[0] : known
  }

  #attach(): void {
    this.#parent?.addListener(this)
    this.#external?.addEventListener('abort', this)
  }

  #detach(): void {
    this.#parent?.removeListener(this)
    this.#external?.removeEventListener('abort', this)
  }
}

/** A call of its own, for requests that middlewares and tests make themselves. */
export function newCall(options?: Readonly<Record<string, unknown>>, signal?: AbortSignal): Call {
  return new CallContext(options, signal)
}
