import type { ResponseBody } from '@halyard/core'
import { TransformedBody } from '../body/transformed-body.ts'
import type { Brake } from '../progress/brake.ts'
import { brakedChunks } from '../progress/braked-chunks.ts'
import type { TransferMeter } from '../progress/transfer-meter.ts'
import type { WaitGuard } from '../progress/wait-guard.ts'
import { countedChunks } from './counted-chunks.ts'

export interface CountedBodyInit {
  readonly inner: ResponseBody
  /** Bytes that `bytes()` may return. */
  readonly maxBytes: number
  /** For messages: method and URL without its query. */
  readonly target: string
  /** What is not on the wire any more is braked, too: the guard hears of what the inner body cannot. */
  readonly pace: { readonly brake: Brake; readonly guard: WaitGuard } | undefined
  readonly meter: TransferMeter | undefined
}

/** A response body that is counted and braked as it is read. */
export class CountedBody extends TransformedBody {
  readonly #counted: CountedBodyInit

  constructor(init: CountedBodyInit) {
    super({
      inner: init.inner,
      open: () => openCounted(init),
      maxBytes: init.maxBytes,
      target: init.target,
    })
    this.#counted = init
  }

  takeBuffered(): Uint8Array | undefined {
    const { inner, pace, meter } = this.#counted
    // What must wait for its turn is not there yet.
    if (pace !== undefined) return undefined
    const bytes = inner.takeBuffered?.()
    if (bytes === undefined) return undefined
    meter?.start()
    meter?.add(bytes.byteLength)
    meter?.end()
    return bytes
  }
}

function openCounted({ inner, pace, meter }: CountedBodyInit): AsyncIterable<Uint8Array> {
  const chunks = inner.stream()
  const braked = pace === undefined ? chunks : brakedChunks(chunks, pace.brake, pace.guard)
  return meter === undefined ? braked : countedChunks(braked, meter, 'given')
}
