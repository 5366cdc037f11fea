// tsc never removes the declarations of a source that is gone, and `files` would publish them.
import { existsSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'

/** Removes from each packages/<name>/dist what no source in packages/<name>/src accounts for. */
export function pruneDist() {
  for (const name of readdirSync('packages')) {
    const dist = path.join('packages', name, 'dist')
    if (!existsSync(dist)) continue
    for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.d\.ts(\.map)?$/.test(entry.name)) continue
      const file = path.join(entry.parentPath, entry.name)
      const stem = path.relative(dist, file).replace(/\.d\.ts(\.map)?$/, '')
      if (!existsSync(path.join('packages', name, 'src', `${stem}.ts`))) rmSync(file)
    }
  }
}
