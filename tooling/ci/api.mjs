// node tooling/ci/api.mjs [--check] — writes api/<package>.d.ts, the public declarations, for review in diffs.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'

const check = process.argv.includes('--check')
let stale = 0
for (const name of readdirSync('packages').toSorted()) {
  const { exports: entries } = JSON.parse(readFileSync(`packages/${name}/package.json`, 'utf8'))
  const seen = new Map()
  const visit = (file) => {
    if (seen.has(file)) return
    const text = readFileSync(file, 'utf8')
      .replace(/\n?\/\/# sourceMappingURL=.*/, '')
      .trim()
    seen.set(file, text)
    for (const [, to] of text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)) {
      visit(path.join(path.dirname(file), to.replace(/\.[jt]s$/, '.d.ts')))
    }
  }
  for (const entry of Object.values(entries)) if (entry.types) visit(path.join('packages', name, entry.types))
  const out = [...seen]
    .map(([file, text]) => `// ${path.relative(`packages/${name}/dist`, file)}\n${text}\n`)
    .toSorted()
    .join('\n')
  const at = `packages/${name}/api.d.ts.txt`
  if (check && (!existsSync(at) || readFileSync(at, 'utf8') !== out)) {
    console.error(`${at} is out of date: run \`npm run x -- node tooling/ci/api.mjs\` and commit it`)
    stale += 1
  } else if (!check) writeFileSync(at, out)
}
process.exit(stale ? 1 : 0)
