import { constants } from 'node:fs'
import { open, readFile, rename, stat, unlink, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import type { Clock } from '@halyard/core'
import { keepMode, syncFolder, workingMode, type Destination } from './destination.ts'
import type { Draft } from './draft.ts'
import { errnoOf, type FileFaults } from './file-faults.ts'
import { PartLock } from './part-lock.ts'
import {
  bytesIn,
  formatSidecar,
  parseSidecar,
  sidecarBytes,
  withStretch,
  type PartFacts,
  type Sidecar,
  type Stretch,
} from './sidecar.ts'

/** With `durable`, so much is synced at a time: what a power failure may take. */
const syncBytes = 67_108_864

interface ResumableInit {
  readonly handle: FileHandle
  readonly path: string
  readonly destination: Destination
  readonly durable: boolean
  readonly faults: FileFaults
  readonly lock: PartLock
  readonly earlier: Sidecar | undefined
}

/**
 * `<name>.part`, which a later run can go on with, by what `<name>.part.json` says of it. The sidecar never says more
 * than what is in the part: it is written after the bytes, by a rename, and removed before they are dropped.
 */
export class ResumableDraft implements Draft {
  readonly handle: FileHandle
  readonly path: string
  readonly earlier: Sidecar | undefined
  readonly isKept = true
  readonly #destination: Destination
  readonly #durable: boolean
  readonly #faults: FileFaults
  readonly #lock: PartLock
  /** As on disk, or on its way there. */
  #sidecar: Sidecar | undefined
  #saved: Promise<void> = Promise.resolve()
  #recordedTo = 0

  private constructor(init: ResumableInit) {
    this.handle = init.handle
    this.path = init.path
    this.earlier = init.earlier
    this.#destination = init.destination
    this.#durable = init.durable
    this.#faults = init.faults
    this.#lock = init.lock
    this.#sidecar = init.earlier
  }

  /** @throws BodyError with code `file`, also while another download has the part */
  static async open(
    destination: Destination,
    durable: boolean,
    clock: Clock,
    faults: FileFaults,
  ): Promise<ResumableDraft> {
    const part = path.join(destination.folder, `${destination.name}.part`)
    const lock = await PartLock.acquire(part, clock, faults)
    let handle: FileHandle | undefined
    try {
      // A link that somebody put there would have us write elsewhere.
      const flags = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0)
      handle = await faults.guard(part, open(part, flags, workingMode(destination.mode)))
      const { size } = await faults.guard(part, handle.stat())
      const earlier = trusted(await faults.guard(part, readSidecar(sidecarOf(part))), size)
      return new ResumableDraft({ handle, path: part, destination, durable, faults, lock, earlier })
    } catch (error) {
      await handle?.close()
      await lock.release()
      throw error
    }
  }

  async begin(facts: PartFacts | undefined, inOrder: boolean): Promise<void> {
    await this.#forget()
    await this.#faults.guard(this.path, this.handle.truncate(0))
    this.#recordedTo = 0
    if (facts !== undefined) await this.#save({ ...facts, inOrder: inOrder && !this.#durable, done: [] })
  }

  async goOn(facts: PartFacts, done: readonly Stretch[], inOrder: boolean): Promise<void> {
    if (inOrder) {
      this.#recordedTo = done[0]?.end ?? 0
      await this.#faults.guard(this.path, this.handle.truncate(this.#recordedTo))
    }
    await this.#save({ ...facts, inOrder: inOrder && !this.#durable, done })
  }

  wantsRecord(position: number): boolean {
    return this.#durable && this.#sidecar !== undefined && position - this.#recordedTo >= syncBytes
  }

  async record(stretch: Stretch): Promise<void> {
    if (this.#sidecar === undefined || this.#sidecar.inOrder) return
    if (this.#durable) await this.#faults.guard(this.path, this.handle.datasync())
    this.#recordedTo = Math.max(this.#recordedTo, stretch.end)
    // Read after the wait, for others record as well.
    const sidecar: Sidecar | undefined = this.#sidecar
    if (sidecar !== undefined) await this.#save({ ...sidecar, done: withStretch(sidecar.done, stretch) })
  }

  async commit(): Promise<void> {
    const { file, folder, mode } = this.#destination
    const faults = this.#faults
    await keepMode(this.handle, mode)
    if (this.#durable) await faults.guard(this.path, this.handle.sync())
    await faults.guard(this.path, this.handle.close())
    await faults.guard(file, rename(this.path, file))
    await this.#forget()
    if (this.#durable) await syncFolder(folder, faults)
    await this.#lock.release()
  }

  async abandon(keep: boolean): Promise<void> {
    await this.#saved.catch(() => undefined)
    if (!keep || !(await this.#isOfUse())) {
      await unlink(sidecarOf(this.path)).catch(() => undefined)
      await unlink(this.path).catch(() => undefined)
    }
    await unlink(newSidecarOf(this.path)).catch(() => undefined)
    await this.handle.close().catch(() => undefined)
    await this.#lock.release()
  }

  async #isOfUse(): Promise<boolean> {
    const sidecar = this.#sidecar
    if (sidecar === undefined) return false
    if (!sidecar.inOrder) return bytesIn(sidecar.done) > 0
    // By its name: it may be closed already.
    const stats = await stat(this.path).catch(() => undefined)
    return stats !== undefined && stats.size > 0
  }

  /** One after the other, each by a rename: a process that is killed leaves the old one or the new one. */
  async #save(sidecar: Sidecar): Promise<void> {
    this.#sidecar = sidecar
    const saved = this.#saved.then(() => this.#write(formatSidecar(sidecar)))
    this.#saved = saved.catch(() => undefined)
    await this.#faults.guard(sidecarOf(this.path), saved)
  }

  async #write(text: string): Promise<void> {
    const temporary = newSidecarOf(this.path)
    const handle = await open(temporary, 'w', workingMode(this.#destination.mode))
    try {
      await handle.writeFile(text)
      if (this.#durable) await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, sidecarOf(this.path))
  }

  async #forget(): Promise<void> {
    this.#sidecar = undefined
    await this.#saved
    await this.#faults.guard(this.path, unlinkIfThere(sidecarOf(this.path)))
    await this.#faults.guard(this.path, unlinkIfThere(newSidecarOf(this.path)))
    // Else the power could fail with the bytes dropped, and what was said of them still there.
    if (this.#durable) await syncFolder(this.#destination.folder, this.#faults)
  }
}

function sidecarOf(part: string): string {
  return `${part}.json`
}

function newSidecarOf(part: string): string {
  return `${part}.json.new`
}

/** What of the sidecar the part bears out; `undefined` where it is of no use. */
function trusted(sidecar: Sidecar | undefined, size: number): Sidecar | undefined {
  if (sidecar === undefined || size > (sidecar.totalBytes ?? Infinity)) return undefined
  const done = sidecar.inOrder ? withStretch([], { first: 0, end: size }) : sidecar.done
  const last = done.at(-1)
  return last === undefined || last.end > size ? undefined : { ...sidecar, done }
}

async function readSidecar(file: string): Promise<Sidecar | undefined> {
  try {
    const { size } = await stat(file)
    return size > sidecarBytes ? undefined : parseSidecar(await readFile(file, 'utf8'))
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw error
  }
}

async function unlinkIfThere(file: string): Promise<void> {
  try {
    await unlink(file)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
}
