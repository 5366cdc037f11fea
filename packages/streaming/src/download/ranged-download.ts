import type { HttpResponse } from '@halyard/core'
import type { TransferMeter } from '../progress/transfer-meter.ts'
import { Checksum, checkedDigest, claimsOf } from './checksum.ts'
import { dismiss } from './exchange.ts'
import type { FileDownload, Outcome } from './file-download.ts'
import type { FileWriter } from './file-writer.ts'
import { Halt } from './halt.ts'
import { judgeRange, type AskedRange, type RangeAnswer } from './range-answer.ts'
import { bytesIn, missingStretches, withStretch, type PartFacts, type Sidecar, type Stretch } from './sidecar.ts'

/** Less is not worth a request. */
const leastPieceBytes = 8_388_608
/** What is lost of each range when the process ends. */
const mostPieceBytes = 67_108_864
/** An answer may be shorter than what was asked for; but a file in crumbs would take a request for each. */
const crumbBytes = 65_536

type Part = Extract<RangeAnswer, { kind: 'part' }>

interface Lead {
  readonly response: HttpResponse
  readonly stretch: Stretch
}

/** Thrown within, when a later range is not of the same file any more. */
class FileChanged extends Error {}

/**
 * Downloads what is missing of a file by ranges; `undefined` where that cannot be done, and the file must be asked for
 * as a whole.
 */
export async function downloadRanges(download: FileDownload): Promise<Outcome | undefined> {
  const { draft, exchange, options } = download
  const { earlier } = draft
  const asked = firstRange(earlier, options.parallel)
  if (asked === undefined) return undefined
  const response = await exchange.openRange(asked, earlier?.validator, new Halt())
  const answer = judgeRange(response, asked, earlier)
  switch (answer.kind) {
    case 'whole':
      await exchange.acceptWhole(response)
      return await download.whole(response)
    case 'useless':
      dismiss(response)
      return undefined
    case 'complete':
      dismiss(response)
      // Of what was not synced, there can be more in the part.
      if (earlier !== undefined) await draft.goOn(earlier, [{ first: 0, end: asked.first }], true)
      return await finish(download, response, asked.first, true)
    case 'part':
      try {
        return await new RangedDownload(download, asked, answer, response).run()
      } catch (error) {
        dismiss(response)
        if (error instanceof FileChanged) return undefined
        throw error
      }
  }
}

/** The first range to ask for; `undefined` for all of the file. */
function firstRange(earlier: Sidecar | undefined, parallel: number): AskedRange | undefined {
  const { totalBytes, done = [] } = earlier ?? {}
  const first = done[0]?.first === 0 ? done[0].end : 0
  if (parallel === 1) {
    if (first === 0) return undefined
    // Of a part that has all bytes the last is fetched again: the answer tells whether they are still the same.
    return { first: totalBytes === undefined ? first : Math.min(first, totalBytes - 1), end: undefined }
  }
  if (totalBytes === undefined) return { first, end: first + leastPieceBytes }
  const [missing] = missingStretches(done, totalBytes, leastPieceBytes)
  return missing ?? { first: totalBytes - 1, end: totalBytes }
}

/** Checks the file as it is on disk. */
async function finish(
  download: FileDownload,
  response: HttpResponse,
  bytes: number,
  resumed: boolean,
): Promise<Outcome> {
  const { draft, faults } = download
  const served = response.status === 206 ? claimsOf(response.headers, 'repr-digest') : []
  const claims = [...download.ownClaims, ...served]
  const checksum = new Checksum(claims)
  await faults.guard(draft.path, checksum.updateFrom(draft.handle, bytes))
  checksum.check(faults.target, bytes)
  return { bytes, resumed, digest: checkedDigest(claims) }
}

/** Several workers, each with one range at a time; a single one goes on to the end. */
class RangedDownload {
  readonly #download: FileDownload
  readonly #lead: Lead
  readonly #done: readonly Stretch[]
  readonly #facts: PartFacts | undefined
  readonly #totalBytes: number
  readonly #missing: Iterator<Stretch, void, undefined>
  readonly #halt = new Halt()
  #meter: TransferMeter | undefined

  constructor(download: FileDownload, asked: AskedRange, answer: Part, response: HttpResponse) {
    const { end, totalBytes, validator } = answer
    const { parallel } = download.options
    const stretch = { first: asked.first, end }
    this.#download = download
    this.#lead = { response, stretch }
    this.#facts = validator === undefined ? undefined : { validator, totalBytes }
    this.#totalBytes = totalBytes
    const done = without(download.draft.earlier?.done ?? [], stretch)
    // In order there is nothing behind what is fetched.
    this.#done = parallel === 1 ? done.filter((before) => before.first === 0 && before.end === stretch.first) : done
    const pieceBytes =
      parallel === 1
        ? Infinity
        : Math.min(mostPieceBytes, Math.max(leastPieceBytes, Math.ceil(totalBytes / (parallel * 8))))
    this.#missing = missingStretches(withStretch(this.#done, stretch), totalBytes, pieceBytes)
  }

  async run(): Promise<Outcome> {
    const download = this.#download
    const { draft, options } = download
    const kept = bytesIn(this.#done)
    if (this.#facts === undefined || kept === 0) await draft.begin(this.#facts, options.parallel === 1)
    else await draft.goOn(this.#facts, this.#done, options.parallel === 1)
    this.#meter = download.meter(this.#totalBytes, kept)
    const workers = Array.from({ length: options.parallel }, (_value, index) => this.#work(index === 0))
    await Promise.all(workers)
    this.#halt.throwIfStopped()
    const outcome = await finish(download, this.#lead.response, this.#totalBytes, kept > 0)
    this.#meter?.end()
    return outcome
  }

  /** Never throws: what fails stops the others, and is thrown when all have ended. */
  async #work(isFirst: boolean): Promise<void> {
    try {
      if (isFirst) await this.#piece(this.#lead.stretch, this.#lead)
      for (;;) {
        this.#halt.throwIfStopped()
        const next = this.#missing.next()
        if (next.done === true) return
        await this.#piece(next.value, undefined)
      }
    } catch (error) {
      this.#halt.stop(error)
    }
  }

  async #piece(piece: Stretch, lead: Lead | undefined): Promise<void> {
    const halt = this.#halt
    // Of several answers, any of which may be there for the moment only.
    const writer = this.#download.writer(piece.first, true, true, halt)
    await this.#download.fill(writer, piece.first, halt, async () => {
      let current = lead ?? (await this.#open(piece))
      for (;;) {
        await this.#receive(current, piece, writer)
        if (writer.position === piece.end) return
        current = await this.#open({ first: writer.position, end: piece.end })
      }
    })
  }

  async #open(stretch: Stretch): Promise<Lead> {
    const facts = this.#facts
    if (facts === undefined) throw new FileChanged()
    const { exchange } = this.#download
    const response = await exchange.openRange(stretch, facts.validator, this.#halt)
    const answer = judgeRange(response, stretch, facts)
    if (answer.kind === 'part' && (answer.end === stretch.end || answer.end - stretch.first >= crumbBytes)) {
      return { response, stretch: { first: stretch.first, end: answer.end } }
    }
    // A failing status is an error of its own; a whole file is another one than that of which there are parts.
    if (answer.kind === 'whole') await exchange.acceptWhole(response)
    dismiss(response)
    throw new FileChanged()
  }

  async #receive({ response, stretch }: Lead, piece: Stretch, writer: FileWriter): Promise<void> {
    const download = this.#download
    const { first, end } = stretch
    const checksum = new Checksum(claimsOf(response.headers, 'content-digest'))
    try {
      await download.receive(response, this.#halt, (chunk) => {
        if (writer.position + chunk.byteLength > end) {
          throw download.wrongLength('more', end - first, writer.position - first)
        }
        checksum.update(chunk)
        const room = download.push(writer, piece.first, chunk)
        this.#meter?.add(chunk.byteLength)
        return room
      })
      if (writer.position < end) throw download.wrongLength('less', end - first, writer.position - first)
      checksum.check(download.faults.target, end - first)
    } catch (error) {
      dismiss(response)
      throw error
    }
  }
}

/** The stretches before and after one that is fetched again. */
function without(done: readonly Stretch[], fetched: Stretch): Stretch[] {
  return done
    .flatMap(({ first, end }) => [
      { first, end: Math.min(end, fetched.first) },
      { first: Math.max(first, fetched.end), end },
    ])
    .filter(({ first, end }) => first < end)
}
