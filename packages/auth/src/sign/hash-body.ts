import { createHash } from 'node:crypto'
import type { Call, RequestBody } from '@halyard/core'
import { letGo } from '@halyard/core/bytes'

/**
 * The hash of what a request carries; that of nothing for one without a body. Bytes in memory are hashed at once. With
 * `reread`, a body that can be opened again is read once for its hash, and once more when it is sent. `undefined` for one
 * that would be gone then, or that is not to be read.
 */
export function hashBody(
  body: RequestBody | undefined,
  algorithm: 'sha256' | 'sha512',
  reread: boolean,
  call: Pick<Call, 'cancelled'>,
): Buffer | undefined | Promise<Buffer> {
  const hash = createHash(algorithm)
  if (body === undefined) return hash.digest()
  if (!body.replayable) return undefined
  const opened = body.open({ reuse: true })
  if (opened instanceof Uint8Array) return hash.update(opened).digest()
  if (!reread) {
    letGo(opened)
    return undefined
  }
  return (async () => {
    for await (const chunk of opened) {
      // Nobody waits for it any more, and it may be long.
      if (call.cancelled) break
      hash.update(chunk)
    }
    return hash.digest()
  })()
}
