import { createHash, timingSafeEqual, type Hash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { BodyError, type HeaderList } from '@halyard/core'
import { parseDigests } from './digest-dictionary.ts'
import type { ResolvedDigest, SavedFile } from './save-options.ts'

/** A digest that bytes are to have, and who says so. */
export interface Claim extends ResolvedDigest {
  readonly by: 'digest' | 'content-digest' | 'repr-digest'
}

/** What a field of an answer claims (RFC 9530): of the content that comes, or of the representation it belongs to. */
export function claimsOf(headers: HeaderList, by: 'content-digest' | 'repr-digest'): readonly Claim[] {
  const fields = headers.getAll(by)
  if (fields.length === 0) return []
  return [...parseDigests(fields)].map(([algorithm, value]) => {
    return { by, algorithm, hash: algorithm.replace('-', ''), value }
  })
}

/** Whether an error is that of a digest: what was saved is not what was meant, and of no use. */
const mismatches = new WeakSet<object>()

export function isMismatch(error: unknown): boolean {
  return typeof error === 'object' && error !== null && mismatches.has(error)
}

/** Hashes bytes as they pass, once for each algorithm, and compares in the end. */
export class Checksum {
  readonly #claims: readonly Claim[]
  readonly #hashes = new Map<string, Hash>()

  constructor(claims: readonly Claim[]) {
    this.#claims = claims
    for (const { hash } of claims) if (!this.#hashes.has(hash)) this.#hashes.set(hash, createHash(hash))
  }

  get isEmpty(): boolean {
    return this.#claims.length === 0
  }

  update(chunk: Uint8Array): void {
    for (const hash of this.#hashes.values()) hash.update(chunk)
  }

  /** Takes the bytes of a file from its beginning on. */
  async updateFrom(file: FileHandle, bytes: number): Promise<void> {
    if (this.isEmpty) return
    const buffer = Buffer.allocUnsafe(Math.min(bytes, 1_048_576))
    for (let at = 0; at < bytes;) {
      const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.byteLength, bytes - at), at)
      if (bytesRead === 0) throw new Error('the file is shorter than what was written to it')
      this.update(buffer.subarray(0, bytesRead))
      at += bytesRead
    }
  }

  /** @throws BodyError with code `decode` where the bytes hash to something else */
  check(target: string, receivedBytes: number): void {
    const digests = new Map([...this.#hashes].map(([name, hash]) => [name, hash.digest()]))
    for (const { by, algorithm, hash, value } of this.#claims) {
      const digest = digests.get(hash)
      if (digest !== undefined && digest.byteLength === value.byteLength && timingSafeEqual(digest, value)) continue
      const error = new BodyError(`${target}: the bytes do not have the ${algorithm} of ${by}`, {
        code: 'decode',
        sent: 'yes',
        target,
        receivedBytes,
      })
      mismatches.add(error)
      throw error
    }
  }
}

/** What was checked, for people: their own digest before that of the server. */
export function checkedDigest(claims: readonly Claim[]): SavedFile['digest'] {
  const claim = claims.find(({ by }) => by === 'digest') ?? claims[0]
  if (claim === undefined) return undefined
  return { algorithm: claim.algorithm, value: Buffer.from(claim.value).toString('hex') }
}
