import { Watched, type Call, type CancellationListener, type HttpRequest, type Runtime } from '@halyard/core'
import { gaveUpWaiting } from './gave-up.ts'
import type { Rank } from './priority.ts'
import { Place } from './wait-queue.ts'

/** Where somebody waits. */
export interface WaitingRoom {
  /** It gives up by itself: takes it out of the queue. */
  leave(waiting: Waiting): void
  /** The error for having waited as long as may be. */
  tooLong(waiting: Waiting): unknown
}

/** One call that waits for a permit: until it is granted, refused, cancelled, or time is up. */
export class Waiting extends Watched implements CancellationListener {
  readonly place: Place<Waiting>
  readonly request: HttpRequest
  readonly call: Call
  readonly runtime: Runtime
  readonly #room: WaitingRoom
  readonly #until: number
  #isOver = false
  #resolve: (() => void) | undefined
  #reject: ((error: unknown) => void) | undefined

  constructor(room: WaitingRoom, request: HttpRequest, call: Call, runtime: Runtime, rank: Rank, queueMs: number) {
    super()
    this.place = new Place<Waiting>(this, rank)
    this.request = request
    this.call = call
    this.runtime = runtime
    this.#room = room
    this.#until = runtime.now() + queueMs
  }

  /** Begins, once it has its place. Resolves when it is granted a permit. */
  begin(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      this.call.addListener(this)
      const dueAt = this.#endsAt()
      // Without a limit it waits for its turn alone.
      if (!this.#isOver && dueAt !== Infinity) this.runtime.watchdog.watch(this, dueAt)
    })
  }

  /** It has its permit, and is in no queue any more. */
  grant(): void {
    this.#end()
    this.#resolve?.()
  }

  /** It is in no queue any more. */
  refuse(error: unknown): void {
    this.#end()
    this.#reject?.(error)
  }

  onCancel(): void {
    this.#room.leave(this)
    this.refuse(gaveUpWaiting(this.request, this.call))
  }

  override onDue(now: number): void {
    // The deadline may have been moved, or lifted.
    const endsAt = this.#endsAt()
    if (endsAt > now + 1) {
      this.dueAt = endsAt
      return
    }
    this.#room.leave(this)
    this.refuse(this.#until <= endsAt ? this.#room.tooLong(this) : gaveUpWaiting(this.request, this.call))
  }

  #endsAt(): number {
    return Math.min(this.#until, this.call.deadlineAt ?? Infinity)
  }

  #end(): void {
    this.#isOver = true
    this.call.removeListener(this)
    this.runtime.watchdog.unwatch(this)
  }
}
