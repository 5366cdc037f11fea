import type { Clock, Pipeline } from '@halyard/core'
import { exponentialMs, type Random } from './chance.ts'

export interface TrafficSettings {
  /** The programs that the users sit at; each is one client, with its own budgets and breakers. */
  readonly instances: readonly Pipeline[]
  readonly users: number
  /** How often a user makes a call, on average. Users do not wait for one call to end before they make the next. */
  readonly everyMs: number
  readonly random: Random
  readonly untilMs: number
  /** A call begins. */
  readonly onCall?: () => void
  /** A call is over that began then; `ok`: with an answer of 200. */
  readonly onEnd: (ok: boolean, startedAt: number) => void
}

/** Lets users make calls, each at random times of its own. */
export function traffic(clock: Clock, settings: TrafficSettings): void {
  const { instances, users, everyMs, random, untilMs } = settings
  for (let user = 0; user < users; user += 1) {
    const instance = instances[user % instances.length]
    if (instance === undefined) throw new Error('traffic needs an instance')
    const next = (): void => {
      const waitMs = exponentialMs(random, everyMs)
      if (clock.now() + waitMs >= untilMs) return
      clock.after(waitMs, () => {
        void call(instance, clock, settings)
        next()
      })
    }
    next()
  }
}

async function call(instance: Pipeline, clock: Clock, { onCall, onEnd }: TrafficSettings): Promise<void> {
  const startedAt = clock.now()
  onCall?.()
  let ok = false
  try {
    const response = await instance.get('/')
    await response.body.discard()
    ok = response.status === 200
  } catch {
    // Whatever it was: the call did not work.
  }
  onEnd(ok, startedAt)
}
