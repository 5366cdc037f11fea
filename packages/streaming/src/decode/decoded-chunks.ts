import { BodyError } from '@halyard/core'
import type { ContentCoding } from './content-coding.ts'
import { DecodeLedger, type DecodeLimits } from './decode-ledger.ts'
import { Decoding } from './decoding.ts'
import { Transcoder } from './transcoder.ts'

/** What a body is decoded by. */
export interface DecodePlan {
  /** In the order in which they were applied. */
  readonly codings: readonly ContentCoding[]
  readonly maxCodings: number
  /** For messages: method and URL without its query. */
  readonly target: string
}

/** Takes all codings off, the last that was applied first. Leaving the iterator leaves `encoded` at once. */
export function decodedChunks(
  encoded: AsyncIterator<Uint8Array>,
  plan: DecodePlan,
  limits: DecodeLimits,
): AsyncIterator<Uint8Array> {
  const { codings, maxCodings, target } = plan
  if (codings.length > maxCodings) return refusing(encoded, tooManyCodings(plan))
  const ledger = new DecodeLedger(limits, target)
  let chunks = encoded
  for (const [index, coding] of codings.toReversed().entries()) {
    const place = { isFirst: index === 0, isLast: index === codings.length - 1 }
    chunks = new Transcoder(chunks, new Decoding(coding, ledger, place))
  }
  return chunks
}

/** Lets go of a body that is not read. */
function refusing(encoded: AsyncIterator<Uint8Array>, error: BodyError): AsyncIterator<Uint8Array> {
  const leave = async (): Promise<void> => {
    await encoded.return?.()
  }
  return {
    next: async () => {
      await leave()
      throw error
    },
    return: async () => {
      await leave()
      return { done: true, value: undefined }
    },
  }
}

function tooManyCodings({ codings, maxCodings, target }: DecodePlan): BodyError {
  const message = `${target}: the response body has ${codings.length} content codings, and compression.maxCodings is ${maxCodings}`
  return new BodyError(message, { code: 'too-large', sent: 'yes', target })
}
