import { multipart } from '../../../src/index.ts'

const opening = '<<begin'
const closing = 'end>>'

/** A body in one of the forms that callers give. */
export interface BodyKind {
  readonly name: string
  /** Whether it can be opened again. */
  readonly replayable: boolean
  /** Made anew for each call. `undefined`: no body. */
  readonly make: (size: number) => unknown
}

function payload(size: number): Uint8Array {
  return Buffer.from(opening + 'x'.repeat(size) + closing)
}

/** In chunks, with turns of the event loop between them: as a file would come. */
async function* chunks(size: number): AsyncGenerator<Uint8Array> {
  const whole = payload(size)
  for (let at = 0; at < whole.byteLength; at += 65_536) yield await Promise.resolve(whole.subarray(at, at + 65_536))
}

export const bodyKinds: readonly BodyKind[] = [
  { name: 'no body', replayable: true, make: () => undefined },
  { name: 'bytes', replayable: true, make: payload },
  { name: 'a function that makes a stream', replayable: true, make: (size) => () => chunks(size) },
  { name: 'a stream', replayable: false, make: (size) => ReadableStream.from(chunks(size)) },
  {
    name: 'parts that can be sent again',
    replayable: true,
    make: (size) =>
      multipart([
        { name: 'a', body: 'first' },
        { name: 'b', body: () => chunks(size) },
      ]),
  },
  {
    name: 'parts, one of them a stream',
    replayable: false,
    make: (size) =>
      multipart([
        { name: 'a', body: 'first' },
        { name: 'b', body: chunks(size) },
      ]),
  },
]

/** How often a body began to arrive, and how often it came to its end, in what a server received. */
export function bodiesIn(received: string): { readonly begun: number; readonly whole: number } {
  return { begun: received.split(opening).length - 1, whole: received.split(closing).length - 1 }
}
