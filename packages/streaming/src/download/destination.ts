import { constants } from 'node:fs'
import { lstat, open, realpath, stat, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { errnoOf, type FileFaults } from './file-faults.ts'

/** The place of a file that is to be made or replaced. */
export interface Destination {
  /** Absolute; of a symbolic link, what it points to. */
  readonly file: string
  readonly folder: string
  readonly name: string
  /** The permissions of the file that is replaced; what may not be read by others shall not become so. */
  readonly mode: number | undefined
}

/** What can be told before there is a byte. @throws BodyError with code `file` where no file can be */
export async function findDestination(given: string, faults: FileFaults): Promise<Destination> {
  const absolute = path.resolve(given)
  const known = await orNothing(stat(absolute), faults, absolute)
  if (known?.isDirectory() === true) throw faults.refuse(given, 'EISDIR', 'illegal operation on a directory')
  if (given.endsWith(path.sep)) throw faults.refuse(given, 'ENOTDIR', 'not a directory')
  // A device or a pipe would be replaced by a file.
  if (known?.isFile() === false) throw faults.refuse(given, 'EINVAL', 'not a regular file')
  const link = known === undefined ? undefined : await orNothing(lstat(absolute), faults, absolute)
  const file = link?.isSymbolicLink() === true ? await faults.guard(absolute, realpath(absolute)) : absolute
  return {
    file,
    folder: path.dirname(file),
    name: path.basename(file),
    mode: known === undefined ? undefined : known.mode & 0o777,
  }
}

/** The permissions of a file while it is written: its owner must be able to open it again. */
export function workingMode(mode: number | undefined): number {
  return mode === undefined ? 0o666 : mode | 0o600
}

/** Gives a file the permissions of the one that it replaces, where the file system has any. */
export async function keepMode(handle: FileHandle, mode: number | undefined): Promise<void> {
  if (mode !== undefined) await handle.chmod(mode).catch(() => undefined)
}

/** Makes a rename last. */
export async function syncFolder(folder: string, faults: FileFaults): Promise<void> {
  // Windows opens no folders, and needs no sync of them.
  if (process.platform === 'win32') return
  const handle = await faults.guard(folder, open(folder, constants.O_RDONLY))
  try {
    await faults.guard(folder, handle.sync())
  } finally {
    await handle.close()
  }
}

async function orNothing<T>(work: Promise<T>, faults: FileFaults, at: string): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw faults.of(at, error)
  }
}
