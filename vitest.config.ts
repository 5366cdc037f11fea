import { availableParallelism } from 'node:os'
import { defaultServerConditions } from 'vite'
import { defineConfig, type ViteUserConfig } from 'vitest/config'

// Tests run on the sources: no build is needed.
const conditions = ['@halyard/source', ...defaultServerConditions]

const config: ViteUserConfig = defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    reporters: ['default', './tooling/ci/count-reporter.ts'],
    passWithNoTests: true,
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      reporter: ['text-summary', 'json-summary'],
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['packages/*/test/**/*.test.ts', 'tooling/*/test/**/*.test.ts'],
          exclude: ['packages/*/test/**/*.heavy.test.ts'],
          // A process for each of hundreds of files costs a third of the time. Tests leave nothing behind, which they check.
          isolate: false,
          // Of slow machines; nothing is measured by it.
          testTimeout: 20_000,
          // Not one less than there are processors: tests wait for sockets most of the time.
          maxWorkers: Math.max(2, availableParallelism() - 1),
          benchmark: { include: ['packages/*/test/**/*.bench.ts'] },
          typecheck: {
            enabled: true,
            include: ['packages/*/test/**/*.test-d.ts'],
            tsconfig: './tsconfig.json',
            // `tsc` is a check of its own.
            ignoreSourceErrors: true,
          },
        },
      },
      {
        extends: true,
        test: {
          name: 'heavy',
          include: ['packages/*/test/**/*.heavy.test.ts'],
          testTimeout: 120_000,
          execArgv: ['--expose-gc'],
          // After the unit tests and one file at a time: they measure time and memory.
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})

export default config
