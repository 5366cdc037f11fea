import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** A folder of its own for a test. */
export interface Folder extends Disposable {
  readonly path: string
  at(name: string): string
  names(): string[]
  /** Files in it that this process has open; where the system does not tell, none. */
  openFiles(): string[]
}

export function makeFolder(): Folder {
  const folder = mkdtempSync(path.join(tmpdir(), 'halyard-download-'))
  return {
    path: folder,
    at: (name) => path.join(folder, name),
    names: () => readdirSync(folder).toSorted(),
    openFiles: () => openFiles().filter((file) => file.startsWith(folder)),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function openFiles(): string[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)]
    } catch {
      // That of the listing itself.
      return []
    }
  })
}
