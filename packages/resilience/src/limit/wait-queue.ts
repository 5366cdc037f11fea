import type { Rank } from './priority.ts'

/** A place in a queue. Its links are the queue's. */
export class Place<T> {
  /** Who waits. */
  readonly value: T
  /** 0 is served first. */
  readonly rank: Rank
  /** @internal */ ahead: Place<T> | undefined
  /** @internal */ behind: Place<T> | undefined
  /** @internal */ queued = false

  constructor(value: T, rank: Rank) {
    this.value = value
    this.rank = rank
  }
}

interface Line<T> {
  first: Place<T> | undefined
  last: Place<T> | undefined
  length: number
}

/** A bounded queue: served by rank, then by arrival. Whoever leaves does so at once, wherever it stands. */
export class WaitQueue<T> {
  /** Places that there are. */
  readonly capacity: number
  /** Places that are taken. */
  length = 0
  readonly #lines: readonly [Line<T>, Line<T>, Line<T>] = [emptyLine(), emptyLine(), emptyLine()]

  constructor(capacity: number) {
    this.capacity = capacity
  }

  /**
   * Takes a place. When the queue is full somebody has to go, who is returned: the last one of the lowest rank that waits,
   * or the newcomer itself, where nobody of a lower rank does.
   */
  enter(place: Place<T>): Place<T> | undefined {
    if (this.length < this.capacity) {
      this.#append(place)
      return undefined
    }
    const lowest = this.#lines[2].last ?? this.#lines[1].last ?? this.#lines[0].last
    if (lowest === undefined || lowest.rank <= place.rank) return place
    this.leave(lowest)
    this.#append(place)
    return lowest
  }

  /** Who is served next, and leaves. */
  shift(): Place<T> | undefined {
    const next = this.#lines[0].first ?? this.#lines[1].first ?? this.#lines[2].first
    if (next !== undefined) this.leave(next)
    return next
  }

  /** Returns whether it was waiting. */
  leave(place: Place<T>): boolean {
    if (!place.queued) return false
    const line = this.#lines[place.rank]
    if (place.ahead === undefined) line.first = place.behind
    else place.ahead.behind = place.behind
    if (place.behind === undefined) line.last = place.ahead
    else place.behind.ahead = place.ahead
    place.ahead = undefined
    place.behind = undefined
    place.queued = false
    line.length -= 1
    this.length -= 1
    return true
  }

  /** How many would be served before a newcomer of this rank. */
  before(rank: Rank): number {
    const [high, normal, low] = this.#lines
    return high.length + (rank > 0 ? normal.length : 0) + (rank > 1 ? low.length : 0)
  }

  #append(place: Place<T>): void {
    const line = this.#lines[place.rank]
    place.ahead = line.last
    if (line.last === undefined) line.first = place
    else line.last.behind = place
    line.last = place
    place.queued = true
    line.length += 1
    this.length += 1
  }
}

function emptyLine<T>(): Line<T> {
  return { first: undefined, last: undefined, length: 0 }
}
