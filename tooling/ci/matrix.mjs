// npm run test:matrix — `npm test` on each Node version that is supported, each fetched from npm by the bootstrap.
// matrix.mjs unit — build and unit tests alone, on the versions that are not running this.
import { spawnSync } from 'node:child_process'
import process from 'node:process'

const versions = ['22.19.0', '24.21.0', '26.10.0']
const [task = 'test'] = process.argv.slice(2)

const failed = []
for (const version of versions) {
  if (task === 'unit' && process.version === `v${version}`) continue
  console.log(`\n== Node ${version}`)
  const { status } = spawnSync(process.execPath, ['tooling/bootstrap/run.mjs', task], {
    stdio: 'inherit',
    env: { ...process.env, HALYARD_NODE: version },
  })
  if (status !== 0) failed.push(version)
}
if (failed.length > 0) {
  console.error(`\nfailed on Node ${failed.join(', ')}`)
  process.exitCode = 1
}
