import type { RequestBody } from '@halyard/core'
import type { Brake } from '../progress/brake.ts'
import { slicedChunks } from '../progress/sliced-chunks.ts'
import { TransferMeter, type TransferMeterInit } from '../progress/transfer-meter.ts'
import { countedChunks } from './counted-chunks.ts'

export interface Carriage {
  /** A length that is not told makes the transport send it in chunks. */
  readonly hidesLength: boolean
  readonly brake: Brake | undefined
  readonly progress: TransferMeterInit | undefined
}

/** A chunk is counted as a whole: larger ones would make progress jump. */
const sliceBytes = 65_536

/** A request body that is counted and braked on its way. Each `open` is told of as a new start. */
export class CarriedBody implements RequestBody {
  readonly contentType: string | undefined
  readonly length: number | undefined
  readonly replayable: boolean
  readonly #inner: RequestBody
  readonly #carriage: Carriage

  constructor(inner: RequestBody, carriage: Carriage) {
    this.contentType = inner.contentType
    this.length = carriage.hidesLength ? undefined : inner.length
    this.replayable = inner.replayable
    this.#inner = inner
    this.#carriage = carriage
  }

  open(): AsyncIterable<Uint8Array> {
    const { brake, progress } = this.#carriage
    const opened = this.#inner.open()
    const chunks = opened instanceof Uint8Array ? oneChunk(opened) : opened
    const slices = slicedChunks(chunks, Math.min(sliceBytes, brake?.burstBytes ?? sliceBytes), brake)
    return progress === undefined ? slices : countedChunks(slices, new TransferMeter(progress), 'taken')
  }
}

function oneChunk(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  let isLeft = bytes.byteLength > 0
  const iterator: AsyncIterator<Uint8Array, undefined> = {
    next: () => {
      if (!isLeft) return Promise.resolve({ done: true, value: undefined })
      isLeft = false
      return Promise.resolve({ done: false, value: bytes })
    },
  }
  return { [Symbol.asyncIterator]: () => iterator }
}
