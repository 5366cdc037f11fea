// npm run test:matrix — runs `npm test` once on each Node version, each from the npm registry.
import { spawnSync } from 'node:child_process'
import process from 'node:process'

for (const version of ['22.19.0', '24.21.0', '26.10.0']) {
  const result = spawnSync(process.execPath, ['tooling/bootstrap/run.mjs', 'test'], {
    stdio: 'inherit',
    env: { ...process.env, HALYARD_NODE: version },
  })
  if (result.status !== 0) process.exit(result.status ?? 1)
}
