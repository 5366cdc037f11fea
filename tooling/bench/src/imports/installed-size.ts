import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import path from 'node:path'

interface Manifest {
  readonly files?: readonly string[]
  readonly dependencies?: Readonly<Record<string, string>>
}

/** Bytes of a package and all it depends on, each counted once. */
export function installedSize(name: string, from: string): { readonly bytes: number; readonly packages: number } {
  const seen = new Map<string, number>()
  add(name, realpathSync(from), seen)
  return { bytes: [...seen.values()].reduce((sum, bytes) => sum + bytes, 0), packages: seen.size }
}

function add(name: string, from: string, seen: Map<string, number>): void {
  const folder = find(name, from)
  if (seen.has(folder)) return
  const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest
  // A folder of this workspace holds more than what is published.
  const published = folder.includes('node_modules') ? ['.'] : ['package.json', ...(manifest.files ?? [])]
  seen.set(
    folder,
    published.reduce((sum, entry) => sum + bytesOf(path.join(folder, entry)), 0),
  )
  for (const dependency of Object.keys(manifest.dependencies ?? {})) add(dependency, folder, seen)
}

/** As Node resolves: `node_modules` here, then in each folder above. */
function find(name: string, from: string): string {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const found = statSync(path.join(folder, 'node_modules', name), { throwIfNoEntry: false })
    if (found !== undefined) return realpathSync(path.join(folder, 'node_modules', name))
    if (folder === path.dirname(folder)) throw new Error(`${name} is not installed`)
  }
}

function bytesOf(file: string): number {
  const stat = statSync(file, { throwIfNoEntry: false })
  if (stat === undefined) return 0
  if (!stat.isDirectory()) return stat.size
  return readdirSync(file)
    .filter((entry) => entry !== 'node_modules')
    .reduce((sum, entry) => sum + bytesOf(path.join(file, entry)), 0)
}
