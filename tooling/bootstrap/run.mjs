// Entry point of `npm start` and `npm test`. Plain Node (18 or later), no dependencies.
// Finds or installs the right Node and pnpm under .toolchain/, installs the workspace, runs a task.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')
const toolchain = path.join(root, '.toolchain')
const rootManifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
const PNPM = rootManifest.packageManager.replace(/^pnpm@/, '').replace(/\+.*$/, '')
const NODE = '24.21.0'
const windows = process.platform === 'win32'

const TASKS = {
  demo: ['pnpm', ['--silent', 'run', 'demo:run']],
  test: ['node', ['tooling/ci/check.mjs']],
  heavy: ['node', ['tooling/ci/check.mjs', '--heavy']],
  unit: ['node', ['tooling/ci/unit.mjs']],
  exec: ['pnpm', ['exec']],
}

function fail(message, hint) {
  console.error(`\nbootstrap: ${message}${hint ? `\n           ${hint}` : ''}`)
  process.exit(1)
}

/** Is this Node one the workspace supports: ^22.19 || ^24.11 || >=26? */
function supported(version) {
  const [major, minor] = version.replace(/^v/, '').split('.').map(Number)
  return (major === 22 && minor >= 19) || (major === 24 && minor >= 11) || major >= 26
}

/** The environment for children: npm's own run-script variables would confuse nested npm and pnpm. */
function childEnv(extraPath) {
  const env = {
    ...process.env,
    TURBO_TELEMETRY_DISABLED: '1',
    DO_NOT_TRACK: '1',
    TURBO_NO_UPDATE_NOTIFIER: '1',
  }
  const keep = /^npm_config_(registry|cache|cafile|proxy|https_proxy|noproxy|userconfig|globalconfig)$/i
  for (const key of Object.keys(env)) if (/^npm_/i.test(key) && !keep.test(key)) delete env[key]
  const pathKey = Object.keys(env).find((key) => key.toLowerCase() === 'path') ?? 'PATH'
  env[pathKey] = [...extraPath, env[pathKey]].join(path.delimiter)
  return env
}

/** Installs exact package versions from the npm registry into .toolchain/<name>, once. */
function fetchTool(name, packages, check) {
  const dir = path.join(toolchain, name)
  if (check(dir)) return dir
  console.error(`bootstrap: installing ${packages.join(' ')} into ${path.relative(root, dir)} ...`)
  rmSync(dir, { recursive: true, force: true })
  mkdirSync(dir, { recursive: true })
  writeFileSync(path.join(dir, 'package.json'), '{"private":true}\n')
  const cli = process.env.npm_execpath
  const viaNpm = cli && /npm-cli\.[cm]?js$/.test(cli)
  const [command, first] = viaNpm ? [process.execPath, [cli]] : [windows ? 'npm.cmd' : 'npm', []]
  const args = [
    'install',
    '--no-save',
    '--no-package-lock',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--prefer-offline',
    '--fetch-retries=2',
    '--fetch-retry-mintimeout=1000',
    '--fetch-retry-maxtimeout=5000',
    ...packages,
  ]
  const result = spawnSync(command, [...first, ...args], {
    cwd: dir,
    env: childEnv([]),
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: windows && !viaNpm,
  })
  if (result.error) fail(`could not start npm: ${result.error.message}`)
  if (result.status !== 0 || !check(dir)) {
    rmSync(dir, { recursive: true, force: true })
    fail(
      `could not install ${packages.join(' ')}`,
      process.platform === 'darwin'
        ? 'Not every Node is published for macOS on npm: install Node 24 yourself, then run this again.'
        : 'Is the npm registry reachable? Try `npm ping`, then run this again.',
    )
  }
  return dir
}

/** Directory that holds the node to use; the running one where it will do. */
function nodeDir() {
  const forced = process.env.HALYARD_NODE
  if (!forced && supported(process.version)) return path.dirname(process.execPath)
  const version = forced ?? NODE
  const platform = windows ? 'win' : process.platform
  const prefix = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node'
  const name = `${prefix}-${platform}-${process.arch}`
  const bin = path.join('node_modules', name, 'bin')
  const dir = fetchTool(`node-${version}`, [`${name}@${version}`], (at) => {
    const exe = path.join(at, bin, windows ? 'node.exe' : 'node')
    return existsSync(exe) && spawnSync(exe, ['--version']).status === 0
  })
  return path.join(dir, bin)
}

/** Directory that holds pnpm, exactly the version in package.json's packageManager. */
function pnpmDir() {
  const dir = fetchTool(`pnpm-${PNPM}`, [`pnpm@${PNPM}`], (at) =>
    existsSync(path.join(at, 'node_modules/pnpm/package.json')),
  )
  const scope = path.join(dir, 'node_modules/@pnpm')
  const native = existsSync(scope) ? readdirSync(scope).find((entry) => entry.startsWith('exe.')) : undefined
  return native ? path.join(scope, native) : path.join(dir, 'node_modules/.bin')
}

function run(command, args, env) {
  const result = spawnSync(command, args, { cwd: root, env, stdio: 'inherit', shell: windows })
  if (result.error) fail(`could not run ${command}: ${result.error.message}`)
  return result.status ?? 1
}

/** Skips the install where nothing that decides it has changed. */
function install(env, node) {
  const hash = createHash('sha256').update(node)
  const manifests = readdirSync(path.join(root, 'packages')).map((entry) => `packages/${entry}/package.json`)
  manifests.push('tooling/bench/package.json')
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json', ...manifests]) {
    const at = path.join(root, file)
    if (existsSync(at)) hash.update(file).update(readFileSync(at))
  }
  const key = hash.digest('hex')
  const stamp = path.join(root, 'node_modules/.bootstrap-key')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return
  const status = run('pnpm', ['install', '--frozen-lockfile', '--prefer-offline', '--reporter=append-only'], env)
  if (status !== 0) {
    fail(
      'pnpm install failed (see above).',
      'If package.json changed: `npm run x -- pnpm install --no-frozen-lockfile`, then commit pnpm-lock.yaml.',
    )
  }
  writeFileSync(stamp, key)
}

const [task, ...rest] = process.argv.slice(2)
if (!Object.hasOwn(TASKS, task ?? ''))
  fail(`unknown task ${task ?? '(none)'}`, `Known: ${Object.keys(TASKS).join(', ')}`)
const node = nodeDir()
const env = childEnv([node, pnpmDir(), path.join(root, 'node_modules/.bin')])
const version = spawnSync(path.join(node, windows ? 'node.exe' : 'node'), ['--version'], {
  encoding: 'utf8',
}).stdout.trim()
env.NODE_RUNTIME = version // in turbo.json's globalEnv: cached results are per Node version
console.error(
  `bootstrap: node ${version}${supported(process.version) ? '' : ` (this machine has ${process.version})`}, pnpm ${PNPM}`,
)
if (!(task === 'exec' && rest[0] === 'pnpm')) install(env, version)
const [command, args] = task === 'exec' && rest[0] === 'pnpm' ? ['pnpm', []] : TASKS[task]
process.exit(run(command, [...args, ...(task === 'exec' && rest[0] === 'pnpm' ? rest.slice(1) : rest)], env))
