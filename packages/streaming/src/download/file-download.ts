import { BodyError, type Clock, type HttpResponse } from '@halyard/core'
import { Brake } from '../progress/brake.ts'
import { brakedChunks } from '../progress/braked-chunks.ts'
import { bodyGuard } from '../progress/wait-guard.ts'
import { TransferMeter } from '../progress/transfer-meter.ts'
import { Checksum, checkedDigest, claimsOf, type Claim } from './checksum.ts'
import { announcedBytes, isCoded, isEncoded } from './content-facts.ts'
import type { Draft } from './draft.ts'
import { dismiss, type Exchange } from './exchange.ts'
import type { FileFaults } from './file-faults.ts'
import { FileWriter } from './file-writer.ts'
import { Halt } from './halt.ts'
import { drain, pump } from './pump.ts'
import type { ResolvedSave, SavedFile } from './save-options.ts'
import type { PartFacts } from './sidecar.ts'
import { strongValidator } from './validator.ts'

/** What came of it. */
export type Outcome = Omit<SavedFile, 'path'>

export interface FileDownloadInit {
  readonly exchange: Exchange
  readonly options: ResolvedSave
  readonly clock: Clock
  readonly draft: Draft
  readonly faults: FileFaults
}

/** What a download in one stream and one in ranges have in common. */
export class FileDownload {
  readonly exchange: Exchange
  readonly options: ResolvedSave
  readonly draft: Draft
  readonly faults: FileFaults
  readonly #clock: Clock
  readonly #brake: Brake | undefined
  #attempt = 0

  constructor({ exchange, options, clock, draft, faults }: FileDownloadInit) {
    const { rateBytesPerSecond } = options
    this.exchange = exchange
    this.options = options
    this.draft = draft
    this.faults = faults
    this.#clock = clock
    this.#brake = rateBytesPerSecond === undefined ? undefined : new Brake(clock, rateBytesPerSecond)
  }

  get ownClaims(): readonly Claim[] {
    const { digest } = this.options
    return digest === undefined ? [] : [{ by: 'digest', ...digest }]
  }

  /** Whether the chunks of a response are there for the moment only: which is faster. */
  isTransient({ body }: HttpResponse): boolean {
    return this.#brake === undefined && body.drainTo !== undefined
  }

  /** Gives the chunks of a response to `take`, at the rate that is allowed. */
  receive(response: HttpResponse, halt: Halt, take: (chunk: Uint8Array) => Promise<void> | undefined): Promise<void> {
    const { body } = response
    if (this.isTransient(response)) return drain(body, halt, take)
    const chunks = body.stream()
    return pump(this.#brake === undefined ? chunks : brakedChunks(chunks, this.#brake, bodyGuard(body)), halt, take)
  }

  /** A meter for one attempt, started; `undefined` where nobody listens. */
  meter(totalBytes: number | undefined, startBytes: number): TransferMeter | undefined {
    const attempt = this.#attempt
    this.#attempt += 1
    const listener = this.options.onProgress
    if (listener === undefined) return undefined
    const meter = new TransferMeter({ clock: this.#clock, totalBytes, attempt, startBytes, listener })
    meter.start()
    return meter
  }

  writer(position: number, inOrder: boolean, copies: boolean, halt: Halt): FileWriter {
    const { draft, faults } = this
    return new FileWriter({
      file: draft.handle,
      position,
      inOrder,
      copies,
      onFailure: (cause) => halt.stop(faults.of(draft.path, cause)),
    })
  }

  /** The whole file from one response, from its beginning on. */
  async whole(response: HttpResponse): Promise<Outcome> {
    try {
      return await this.#whole(response)
    } catch (error) {
      dismiss(response)
      throw error
    }
  }

  async #whole(response: HttpResponse): Promise<Outcome> {
    const { draft, faults } = this
    const { status, headers, body } = response
    const totalBytes = announcedBytes(response)
    await draft.begin(partFacts(response, totalBytes), true)

    const served = [
      // That of a part is of the whole.
      ...(status === 206 ? [] : claimsOf(headers, 'repr-digest')),
      ...claimsOf(headers, 'content-digest'),
    ]
    // The server's digests are of what it sends, which may be decoded before it comes here.
    const decoded = isEncoded(body) ? body : undefined
    const fileClaims = decoded === undefined ? [...this.ownClaims, ...served] : this.ownClaims
    const checksum = new Checksum(fileClaims)
    const encodedChecksum = new Checksum(decoded === undefined ? [] : served)
    let encodedBytes = 0
    decoded?.onEncoded((chunk) => {
      encodedBytes += chunk.byteLength
      encodedChecksum.update(chunk)
    })

    const meter = this.meter(totalBytes, 0)
    let told = 0
    const tell = (bytes: number): void => {
      const now = decoded === undefined ? bytes : encodedBytes
      meter?.add(now - told)
      told = now
    }

    const halt = new Halt()
    const writer = this.writer(0, draft.isKept, this.isTransient(response), halt)
    const take = (chunk: Uint8Array): Promise<void> | undefined => {
      if (totalBytes !== undefined && writer.position + chunk.byteLength > totalBytes) {
        throw this.wrongLength('more', totalBytes, writer.position)
      }
      checksum.update(chunk)
      const room = this.push(writer, 0, chunk)
      tell(writer.position)
      return room
    }
    await this.fill(writer, 0, halt, async () => {
      await this.receive(response, halt, take)
      if (writer.position < (totalBytes ?? 0)) throw this.wrongLength('less', totalBytes ?? 0, writer.position)
      tell(writer.position)
    })

    const bytes = writer.position
    encodedChecksum.check(faults.target, encodedBytes)
    checksum.check(faults.target, bytes)
    meter?.end()
    return { bytes, resumed: false, digest: checkedDigest(fileClaims) }
  }

  /** Runs what gives `writer` its chunks. When that fails, what came is kept if a later run can use it. */
  async fill(writer: FileWriter, first: number, halt: Halt, work: () => Promise<void>): Promise<void> {
    const { draft } = this
    try {
      await work()
      await writer.drain()
      await draft.record({ first, end: writer.position })
    } catch (error) {
      // The first failure stays: that of the file, where a push fails for it.
      halt.stop(error)
      if (draft.isKept) {
        await writer
          .drain()
          .then(
            () => draft.record({ first, end: writer.position }),
            () => undefined,
          )
          .catch(() => undefined)
      } else await writer.stop()
    }
    halt.throwIfStopped()
  }

  /** Gives a chunk to a writer that began at `first`. What it returns is to be waited for before the next. */
  push(writer: FileWriter, first: number, chunk: Uint8Array): Promise<void> | undefined {
    const room = writer.push(chunk)
    if (!this.draft.wantsRecord(writer.position)) return room
    // What it fails with, `drain` does as well.
    room?.catch(() => undefined)
    return writer.drain().then(() => this.draft.record({ first, end: writer.position }))
  }

  wrongLength(how: 'less' | 'more', expected: number, receivedBytes: number): BodyError {
    const { target } = this.faults
    return new BodyError(`${target}: the body has ${how} than the ${expected} bytes that were announced`, {
      code: 'decode',
      sent: 'yes',
      target,
      receivedBytes,
    })
  }
}

/** What a later run must know of the file that this response brings; `undefined` where it can never go on with it. */
function partFacts(response: HttpResponse, totalBytes: number | undefined): PartFacts | undefined {
  const { status, headers } = response
  if (status !== 200 || isCoded(response)) return undefined
  if (headers.get('accept-ranges')?.trim().toLowerCase() === 'none') return undefined
  const validator = strongValidator(headers)
  return validator === undefined ? undefined : { validator, totalBytes }
}
