import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** The packages under packages/, by directory name; `publishable` ones are those that are not private. */
export function listPackages() {
  return readdirSync('packages')
    .toSorted()
    .filter((directory) => existsSync(`packages/${directory}/package.json`))
    .map((directory) => {
      const manifest = JSON.parse(readFileSync(`packages/${directory}/package.json`, 'utf8'))
      return { directory, name: manifest.name, manifest, publishable: manifest.private !== true }
    })
}
