// `build` of each package, after tsc has written the declarations: its sources as one module for each entry point and
// what those share. See docs/decisions/0020-packages-are-bundled.md. Runs in the package's folder.
import { readFileSync, rmSync, globSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { build } from 'rolldown'

const { exports } = JSON.parse(readFileSync('package.json', 'utf8'))
const entries = Object.values(exports).filter((entry) => typeof entry === 'object')
const input = Object.fromEntries(
  entries.map((entry) => [entry.default.replace(/^\.\/dist\/|\.js$/g, ''), entry['@halyard/source']]),
)

// What an earlier build wrote, and this one may not.
for (const file of globSync('dist/**/*.{js,js.map}')) rmSync(file)

await build({
  cwd: process.cwd(),
  input,
  platform: 'node',
  // Everything but our own files is a dependency, and stays one.
  external: (id) => !id.startsWith('.') && !path.isAbsolute(id),
  output: {
    dir: 'dist',
    format: 'esm',
    sourcemap: true,
    entryFileNames: '[name].js',
    chunkFileNames: 'shared/[name].js',
  },
  logLevel: 'warn',
})
