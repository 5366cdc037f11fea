import type { TransferMeter } from '../progress/transfer-meter.ts'

/**
 * When a chunk counts: `given`, as it is handed on; `taken`, when the next one is asked for. A transport asks when the
 * socket has taken the last.
 */
export type CountedWhen = 'given' | 'taken'

/** The chunks of a body, counted. A listener that throws ends them with what it threw, and the source is left. */
export function countedChunks(
  chunks: AsyncIterable<Uint8Array>,
  meter: TransferMeter,
  when: CountedWhen,
): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => new Counted(chunks[Symbol.asyncIterator](), meter, when) }
}

type Item = IteratorResult<Uint8Array, undefined>

const ended: Item = Object.freeze({ done: true, value: undefined })

class Counted implements AsyncIterator<Uint8Array, undefined> {
  readonly #source: AsyncIterator<Uint8Array>
  readonly #meter: TransferMeter
  readonly #when: CountedWhen
  #hasStarted = false
  #isOver = false
  /** Of the chunk that is being taken. */
  #pending = 0

  constructor(source: AsyncIterator<Uint8Array>, meter: TransferMeter, when: CountedWhen) {
    this.#source = source
    this.#meter = meter
    this.#when = when
  }

  next(): Promise<Item> {
    if (this.#isOver) return Promise.resolve(ended)
    try {
      this.#before()
    } catch (thrown) {
      return this.#fail(thrown)
    }
    return this.#source.next().then(this.#after)
  }

  async return(): Promise<Item> {
    if (this.#isOver) return ended
    this.#isOver = true
    await this.#source.return?.()
    return ended
  }

  #before(): void {
    if (!this.#hasStarted) {
      this.#hasStarted = true
      this.#meter.start()
    }
    const bytes = this.#pending
    this.#pending = 0
    this.#meter.add(bytes)
  }

  readonly #after = (item: IteratorResult<Uint8Array>): Promise<Item> | Item => {
    // Left while this one was awaited.
    if (this.#isOver) return ended
    try {
      if (item.done === true) {
        this.#isOver = true
        this.#meter.end()
        return ended
      }
      if (this.#when === 'taken') this.#pending = item.value.byteLength
      else this.#meter.add(item.value.byteLength)
      return item
    } catch (thrown) {
      return this.#fail(thrown)
    }
  }

  #fail(thrown: unknown): Promise<never> {
    if (!this.#isOver) {
      this.#isOver = true
      void this.#leaveSource().catch(() => undefined)
    }
    return Promise.reject(thrown)
  }

  /** Its own failure to stop concerns nobody: there is one already. */
  async #leaveSource(): Promise<void> {
    await this.#source.return?.()
  }
}
