// npm test — every check in turn, going on after failures, the unit tests last.
// npm run test:heavy (--heavy) — what takes longer: the other supported Node versions, then the heavy tests.
import { spawnSync } from 'node:child_process'
import process from 'node:process'
import { pruneDist } from './prune-dist.mjs'

const heavy = process.argv.includes('--heavy')

const ordinary = [
  ['build, publint', 'turbo run build check:package --continue --output-logs=errors-only'],
  ['types', 'tsc -p tsconfig.json'],
  ['lint', 'oxlint'],
  ['format', 'oxfmt --check'],
  ['public API snapshots', 'node tooling/ci/api.mjs --check'],
  ['dead code', 'knip'],
  ['package boundaries', 'turbo boundaries'],
  ['dependency graph', 'node tooling/ci/graph.mjs'],
  ['bundle size', 'size-limit'],
  ['packed packages', 'node tooling/ci/pack.mjs'],
]
const checks = heavy ? [['other Node versions', 'node tooling/ci/matrix.mjs unit']] : ordinary

/** Runs one check; its output goes straight through. */
function run(name, command) {
  console.log(`\n== ${name}: ${command}`)
  const start = performance.now()
  const { status } = spawnSync(command, { stdio: 'inherit', shell: true })
  console.log(`== ${name}: ${status === 0 ? 'ok' : 'FAILED'} (${((performance.now() - start) / 1000).toFixed(1)} s)`)
  return status === 0
}

pruneDist()
const failed = checks.filter(([name, command]) => !run(name, command)).map(([name]) => name)
// What failed on another Node version stands right above.
if (heavy && failed.length > 0) process.exit(1)
console.log(
  failed.length === 0
    ? `\n== ${checks.length} checks ok, the tests follow`
    : `\n== FAILED: ${failed.join(', ')}; the tests follow`,
)

// Outside `run`: nothing may be printed after the reporter's closing count.
const tests = spawnSync(`vitest run --project ${heavy ? 'heavy' : 'unit'}`, {
  stdio: 'inherit',
  shell: true,
})
// But what failed before, which is easily overlooked above.
if (failed.length > 0) console.error(`\n== FAILED: ${failed.join(', ')}`)
process.exitCode = failed.length === 0 && tests.status === 0 ? 0 : 1
