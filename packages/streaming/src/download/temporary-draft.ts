import { randomUUID } from 'node:crypto'
import { open, rename, unlink, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { keepMode, syncFolder, workingMode, type Destination } from './destination.ts'
import type { Draft } from './draft.ts'
import type { FileFaults } from './file-faults.ts'

/** A file of a name that nobody else has, of which nothing stays when it does not become whole. */
export class TemporaryDraft implements Draft {
  readonly handle: FileHandle
  readonly path: string
  readonly #temporary: string
  readonly earlier = undefined
  readonly isKept = false
  readonly #destination: Destination
  readonly #durable: boolean
  readonly #faults: FileFaults

  private constructor(
    handle: FileHandle,
    temporary: string,
    destination: Destination,
    durable: boolean,
    faults: FileFaults,
  ) {
    this.handle = handle
    this.path = destination.file
    this.#temporary = temporary
    this.#destination = destination
    this.#durable = durable
    this.#faults = faults
  }

  static async open(destination: Destination, durable: boolean, faults: FileFaults): Promise<TemporaryDraft> {
    const { folder, name, mode } = destination
    // A name has 255 bytes at most on many systems.
    const temporary = path.join(folder, `.${name.slice(0, 50)}.${randomUUID()}.part`)
    const handle = await faults.guard(destination.file, open(temporary, 'wx+', workingMode(mode)))
    return new TemporaryDraft(handle, temporary, destination, durable, faults)
  }

  async begin(): Promise<void> {
    await this.#faults.guard(this.path, this.handle.truncate(0))
  }

  async goOn(): Promise<void> {
    await this.begin()
  }

  wantsRecord(): boolean {
    return false
  }

  record(): Promise<void> {
    return Promise.resolve()
  }

  async commit(): Promise<void> {
    const { file, folder, mode } = this.#destination
    const faults = this.#faults
    await keepMode(this.handle, mode)
    if (this.#durable) await faults.guard(this.path, this.handle.sync())
    await faults.guard(this.path, this.handle.close())
    await faults.guard(file, rename(this.#temporary, file))
    if (this.#durable) await syncFolder(folder, faults)
  }

  async abandon(): Promise<void> {
    await this.handle.close().catch(() => undefined)
    await unlink(this.#temporary).catch(() => undefined)
  }
}
