// npm run x -- pnpm api — writes packages/<name>/api.d.ts.txt, the public declarations, for review in diffs.
// --check compares instead. Reads dist: build first.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { listPackages } from './packages.mjs'

const check = process.argv.includes('--check')

/** The declarations that a package's entry points reach, one after the other, by file name. */
function snapshot(directory, entries) {
  const dist = path.join('packages', directory, 'dist')
  const seen = new Map()
  const visit = (file) => {
    if (seen.has(file)) return
    const text = readFileSync(file, 'utf8')
      .replace(/\n?\/\/# sourceMappingURL=.*/, '')
      .trim()
    seen.set(file, text)
    for (const [, to] of text.matchAll(/(?:from|import\()\s*['"](\.[^'"]+)['"]/g)) {
      visit(path.join(path.dirname(file), to.replace(/\.[jt]s$/, '.d.ts')))
    }
  }
  for (const entry of Object.values(entries)) if (entry.types) visit(path.join('packages', directory, entry.types))
  return [...seen]
    .map(([file, text]) => `// ${path.relative(dist, file).split(path.sep).join('/')}\n${text}\n`)
    .toSorted()
    .join('\n')
}

for (const { directory, manifest, publishable } of listPackages()) {
  if (!publishable) continue
  const file = `packages/${directory}/api.d.ts.txt`
  let text
  try {
    text = snapshot(directory, manifest.exports)
  } catch (error) {
    console.error(`${directory}: no declarations to read (${error.message}); does it build?`)
    process.exitCode = 1
    continue
  }
  if (!check) writeFileSync(file, text)
  else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    console.error(`${file} is out of date: run \`npm run x -- pnpm api\`, review the diff and commit it`)
    process.exitCode = 1
  }
}
