import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rmdir, stat, unlink, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import path from 'node:path'
import type { CancelTimer, Clock } from '@halyard/core'
import { errnoOf, type FileFaults } from './file-faults.ts'

const attempts = 5
const pauseMs = 40
/** How often a holder says that it lives. */
const heartbeatMs = 15_000
/** One that has not said so for this long does not live, where that cannot be found out better. */
const staleMs = 60_000

/** What is locked by this process, for locks of its own are there before they are on disk. */
const held = new Set<string>()

/**
 * One download at a time for each part: a folder beside it, in which each holder has a file. The name of that tells the
 * process, so that a holder that died is found out; no name comes twice, so that what is removed is never another's.
 * Whoever finds another holder after it came in goes out again.
 */
export class PartLock {
  readonly #folder: string
  readonly #own: string
  readonly #clock: Clock
  #cancel: CancelTimer | undefined

  private constructor(folder: string, own: string, clock: Clock) {
    this.#folder = folder
    this.#own = own
    this.#clock = clock
    this.#beat()
  }

  /** @throws BodyError with code `file` while another download has it (`EBUSY`), or where no lock can be made */
  static async acquire(part: string, clock: Clock, faults: FileFaults): Promise<PartLock> {
    const folder = `${part}.lock`
    const busy = (): Error => faults.refuse(part, 'EBUSY', 'another download writes to it')
    if (held.has(folder)) throw busy()
    held.add(folder)
    try {
      const self = await describeSelf()
      for (let attempt = 0; attempt < attempts; attempt += 1) {
        const own = path.join(folder, `${self.pid}_${self.start}_${self.place}_${randomUUID()}`)
        if (await faults.guard(folder, enter(folder, own, self))) return new PartLock(folder, own, clock)
        // Two that came at once have both gone out.
        await new Promise<void>((resolve) => void clock.after(pauseMs * (1 + clock.random()), resolve, true))
      }
      throw busy()
    } catch (error) {
      held.delete(folder)
      throw error
    }
  }

  async release(): Promise<void> {
    this.#cancel?.()
    this.#cancel = undefined
    await leave(this.#folder, this.#own)
    held.delete(this.#folder)
  }

  #beat(): void {
    this.#cancel = this.#clock.after(heartbeatMs, () => {
      // By the clock of the file system, and never to make the file anew.
      writeFile(this.#own, '.', { flag: 'r+' }).catch(() => undefined)
      this.#beat()
    })
  }
}

interface Self {
  readonly pid: number
  /** When the process started, on a scale of the system's; empty where it has none. */
  readonly start: string
  /** The machine, as long as it runs. */
  readonly place: string
}

async function describeSelf(): Promise<Self> {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')
  const place = createHash('sha256').update(`${hostname()}\n${boot}`).digest('hex').slice(0, 16)
  return { pid: process.pid, start: (await startOf(process.pid)) ?? '', place }
}

/** The start of a process, in ticks since the boot; `undefined` where there is none, or no `/proc`. */
async function startOf(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  // The name comes second, in parentheses, and may hold any character.
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19]
}

/** Puts a file of one's own into the folder; false, and it is gone again, where there is another that lives. */
async function enter(folder: string, own: string, self: Self): Promise<boolean> {
  const isIn = await create(folder, own)
  if (!isIn) return false
  try {
    for (const name of await readdir(folder)) {
      const other = path.join(folder, name)
      if (other === own) continue
      if (await lives(name, other, own, self)) {
        await leave(folder, own)
        return false
      }
      await unlink(other).catch(() => undefined)
    }
    return true
  } catch (error) {
    await leave(folder, own)
    throw error
  }
}

async function create(folder: string, own: string): Promise<boolean> {
  try {
    await mkdir(folder)
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error
  }
  try {
    const handle = await open(own, 'wx')
    await handle.close()
    return true
  } catch (error) {
    // The last one to leave has taken the folder with it.
    if (errnoOf(error) === 'ENOENT') return false
    throw error
  }
}

async function leave(folder: string, own: string): Promise<void> {
  await unlink(own).catch(() => undefined)
  // Fails while another is in it.
  await rmdir(folder).catch(() => undefined)
}

async function lives(name: string, other: string, own: string, self: Self): Promise<boolean> {
  const [pid, start, place] = name.split('_')
  if (place === self.place && start !== '' && self.start !== '') return (await startOf(Number(pid))) === start
  if (place === self.place && !exists(Number(pid))) return false
  // The clock of the file system, which is that of both.
  const [theirs, ours] = await Promise.all([stat(other).catch(() => undefined), stat(own)])
  return theirs !== undefined && ours.mtimeMs - theirs.mtimeMs < staleMs
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return errnoOf(error) === 'EPERM'
  }
}
