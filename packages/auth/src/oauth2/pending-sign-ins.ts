import type { Clock } from '@halyard/core'

/** What must be kept from the authorization request until the browser comes back. It holds a secret: the verifier. */
export interface PendingSignIn {
  readonly state: string
  readonly codeVerifier: string
}

/** RFC 6749 §4.1.2: codes live ten minutes at most; a person needs time before that. */
const lifeMs = 600_000
/** Anybody may begin a sign-in: memory must not grow by that. */
const most = 1000

/** Sign-ins of this process that have begun. Each is given out once. */
export class PendingSignIns {
  readonly #clock: Pick<Clock, 'now'>
  /** By state, oldest first. */
  readonly #begun = new Map<string, { readonly codeVerifier: string; readonly at: number }>()

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  add({ state, codeVerifier }: PendingSignIn): void {
    const now = this.#clock.now()
    for (const [known, { at }] of this.#begun) {
      if (this.#begun.size < most && now - at < lifeMs) break
      this.#begun.delete(known)
    }
    this.#begun.set(state, { codeVerifier, at: now })
  }

  take(state: string): PendingSignIn | undefined {
    const found = this.#begun.get(state)
    this.#begun.delete(state)
    if (found === undefined || this.#clock.now() - found.at >= lifeMs) return undefined
    return { state, codeVerifier: found.codeVerifier }
  }
}
