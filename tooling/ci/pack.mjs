// npm run x -- pnpm pack:check — what a user gets: packs the packages, lays the tarballs into an empty project, and
// loads and type-checks them there. Takes everything from the workspace, nothing from a registry.
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import { listPackages } from './packages.mjs'

const exec = promisify(execFile)
const root = process.cwd()
const project = mkdtempSync(path.join(tmpdir(), 'halyard-pack-'))
const modules = path.join(project, 'node_modules')
const packages = listPackages().filter((one) => one.publishable)

const compilers = ['typescript-5.9', 'typescript-6.0', 'typescript']
const resolutions = [
  { module: 'nodenext', moduleResolution: 'nodenext' },
  { module: 'preserve', moduleResolution: 'bundler' },
]

/** Runs a program in `cwd`; its output is shown where it fails. */
async function run(what, command, args, cwd = project) {
  try {
    const { stdout } = await exec(command, args, { cwd, shell: process.platform === 'win32' && command === 'pnpm' })
    return stdout
  } catch (error) {
    console.error(`${what} failed:\n${error.stdout ?? ''}${error.stderr ?? error.message}`)
    process.exitCode = 1
    return undefined
  }
}

/** Makes a dependency from the workspace's store visible to the project. */
function link(dependency, from) {
  const at = path.join(modules, dependency)
  mkdirSync(path.dirname(at), { recursive: true })
  try {
    symlinkSync(realpathSync(path.join(root, from, 'node_modules', dependency)), at, 'junction')
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
}

/** Packs one package and extracts it into the project's node_modules. */
async function install({ directory, name }) {
  const source = path.join(root, 'packages', directory)
  const packed = await run(`pack ${name}`, 'pnpm', ['pack', '--json', '--pack-destination', project], source)
  if (packed === undefined) return
  const { filename } = JSON.parse(packed)
  const target = path.join(modules, name)
  mkdirSync(target, { recursive: true })
  await run(`extract ${name}`, 'tar', ['-xzf', path.resolve(project, filename), '-C', target, '--strip-components=1'])
  const manifest = readFileSync(path.join(target, 'package.json'), 'utf8')
  if (/"(workspace|catalog):/.test(manifest)) {
    console.error(`${name}: package.json was packed with workspace: or catalog: ranges`)
    process.exitCode = 1
  }
  for (const dependency of Object.keys(JSON.parse(manifest).dependencies ?? {})) {
    if (!dependency.startsWith('@halyard/')) link(dependency, source.slice(root.length + 1))
  }
}

/** `import` and `require` give the same names, for every entry point of every package. */
async function load() {
  const entryPoints = packages.flatMap(({ name, manifest }) =>
    Object.entries(manifest.exports)
      .filter(([, target]) => typeof target === 'object')
      .map(([entry]) => name + entry.slice(1)),
  )
  const names = JSON.stringify(entryPoints)
  const program = `
    const assert = require('node:assert')
    for (const name of ${names}) {
      const required = Object.keys(require(name)).filter((key) => key !== 'module.exports' && key !== '__esModule')
      import(name).then((imported) => {
        assert.deepEqual(required, Object.keys(imported).filter((key) => key !== 'module.exports'), name)
      })
    }`
  await run('import and require', process.execPath, ['--unhandled-rejections=strict', '-e', program])
}

async function typeCheck(compiler, options) {
  const name = `${compiler} ${options.moduleResolution}`
  const config = path.join(project, `tsconfig.${name.replaceAll(/\W/g, '-')}.json`)
  const compilerOptions = {
    ...options,
    target: 'es2022',
    lib: ['es2022'],
    types: ['node'],
    strict: true,
    skipLibCheck: false,
    noEmit: true,
  }
  writeFileSync(config, JSON.stringify({ compilerOptions, include: ['consumer'] }))
  await run(name, process.execPath, [path.join(root, 'node_modules', compiler, 'bin/tsc'), '-p', config])
}

try {
  writeFileSync(path.join(project, 'package.json'), '{ "name": "consumer", "private": true, "type": "module" }')
  cpSync(path.join(root, 'tooling/ci/consumer'), path.join(project, 'consumer'), { recursive: true })
  link('@types/node', '.')
  link('zod', 'packages/client')
  await Promise.all(packages.map(install))
  await load()
  for (const options of resolutions) await Promise.all(compilers.map((compiler) => typeCheck(compiler, options)))
} finally {
  rmSync(project, { recursive: true, force: true })
}
