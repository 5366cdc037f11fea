// What each Node version of the matrix runs: the build and the unit tests.
import { spawnSync } from 'node:child_process'
import process from 'node:process'

for (const command of ['turbo run build --output-logs=errors-only', 'vitest run --project unit']) {
  const { status } = spawnSync(command, { stdio: 'inherit', shell: true })
  if (status !== 0) process.exit(status ?? 1)
}
