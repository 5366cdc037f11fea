/** An entry of a queue that can leave from the middle. */
export interface Waiting<Self> {
  ahead: Self | undefined
  behind: Self | undefined
  waiting: boolean
}

/** First come, first served; links live in the entries. */
export class WaitQueue<Entry extends Waiting<Entry>> {
  #first: Entry | undefined
  #last: Entry | undefined
  length = 0

  get first(): Entry | undefined {
    return this.#first
  }

  add(entry: Entry): void {
    entry.waiting = true
    entry.ahead = this.#last
    entry.behind = undefined
    if (this.#last === undefined) this.#first = entry
    else this.#last.behind = entry
    this.#last = entry
    this.length += 1
  }

  /** For entries that had their turn already. */
  addFirst(entry: Entry): void {
    entry.waiting = true
    entry.ahead = undefined
    entry.behind = this.#first
    if (this.#first === undefined) this.#last = entry
    else this.#first.ahead = entry
    this.#first = entry
    this.length += 1
  }

  remove(entry: Entry): void {
    if (!entry.waiting) return
    entry.waiting = false
    if (entry.ahead === undefined) this.#first = entry.behind
    else entry.ahead.behind = entry.behind
    if (entry.behind === undefined) this.#last = entry.ahead
    else entry.behind.ahead = entry.ahead
    entry.ahead = undefined
    entry.behind = undefined
    this.length -= 1
  }
}
