import { WaitQueue, type Place } from './wait-queue.ts'

/**
 * So many permits, and a bounded queue for them by rank. A permit that comes back goes to whoever is next in the queue,
 * and never past it. No promises: whoever gets a permit is returned, and is for the caller to tell.
 */
export class Semaphore<T> {
  /** Permits that are held. May be more than there are, after a {@link resize}. */
  held = 0
  /** Those who wait for a permit. */
  readonly queue: WaitQueue<T>
  #permits: number

  constructor(permits: number, maxQueued: number) {
    this.#permits = permits
    this.queue = new WaitQueue(maxQueued)
  }

  /** How many there are, held or free. */
  get permits(): number {
    return this.#permits
  }

  /** Whether nobody holds a permit or waits for one. */
  get isIdle(): boolean {
    return this.held === 0 && this.queue.length === 0
  }

  /** Takes a permit, if one is free. */
  tryAcquire(): boolean {
    // Permits are free only while nobody waits.
    if (this.held >= this.#permits) return false
    this.held += 1
    return true
  }

  /** A permit comes back. Returns who has it now. */
  release(): Place<T> | undefined {
    this.held -= 1
    return this.next()
  }

  /** From now on there are more permits, or fewer. Then ask {@link next} until it has nobody. */
  resize(permits: number): void {
    this.#permits = permits
  }

  /** Gives a free permit to whoever is next in the queue, and returns it. */
  next(): Place<T> | undefined {
    if (this.held >= this.#permits) return undefined
    const place = this.queue.shift()
    if (place !== undefined) this.held += 1
    return place
  }
}
