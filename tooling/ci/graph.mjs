// npm run x -- pnpm graph — who may import whom. See docs/decisions/0004-a-star-of-packages.md.
import { globSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import path from 'node:path'
import process from 'node:process'
// The newest TypeScript with a programming interface; the one that compiles has none.
import ts from 'typescript-6.0'
import { listPackages } from './packages.mjs'

const core = '@halyard/core'
const testing = '@halyard/testing'
/** Which of our packages the sources of a package may import, beside itself. Any other package is a leaf. */
const layers = { '@halyard/core': [], '@halyard/client': 'any', '@halyard/examples': 'any' }
const leaf = [core]

const failures = []
const packages = listPackages()

/** `@halyard/core/options` -> `@halyard/core`, `zod/mini` -> `zod` */
function packageOf(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

function checkImport(file, specifier, { directory, name, manifest }, inSource) {
  const fail = (why) => failures.push(`${file}: imports ${specifier}: ${why}`)
  if (specifier.startsWith('.')) {
    const target = path.join(path.dirname(file), specifier)
    const home = path.join('packages', directory)
    if (!target.startsWith(home + path.sep)) fail('a relative import stays inside its package')
    if (inSource && !target.startsWith(path.join(home, 'src') + path.sep)) fail('sources import sources only')
    return
  }
  if (isBuiltin(specifier)) {
    if (!specifier.startsWith('node:')) fail('write node: before modules of Node')
    if (inSource && name === core) fail('core runs anywhere: no modules of Node')
    return
  }
  const target = packageOf(specifier)
  if (target === name) {
    if (inSource) fail('a package imports its own files by relative paths')
    return
  }
  const { dependencies = {}, peerDependencies = {}, devDependencies = {} } = manifest
  const declared = { ...dependencies, ...peerDependencies, ...(inSource ? {} : devDependencies) }
  if (!Object.hasOwn(declared, target))
    fail(`not in the ${inSource ? 'dependencies' : 'dependencies or devDependencies'} of ${name}`)
  if (target === 'undici' && name !== '@halyard/transport') fail('undici is imported by @halyard/transport alone')
  if (inSource && name === core) fail('core imports no package')
  if (!target.startsWith('@halyard/')) return
  const allowed = layers[name] ?? leaf
  if (allowed === 'any' || allowed.includes(target)) return
  if (!inSource && target === testing) return
  fail(`leaves import ${core} alone, their tests ${testing} too`)
}

for (const one of packages) {
  const home = `packages/${one.directory}`
  for (const file of globSync(`${home}/{src,test,bench}/**/*.ts`)) {
    const inSource = file.startsWith(path.join(home, 'src') + path.sep)
    const text = readFileSync(file, 'utf8')
    for (const { fileName } of ts.preProcessFile(text, true, true).importedFiles) {
      checkImport(file, fileName, one, inSource)
    }
    if (inSource && /^export \*/m.test(text))
      failures.push(`${file}: \`export *\` hides what is public: list the names`)
  }
  for (const kind of ['dependencies', 'devDependencies', 'peerDependencies']) {
    for (const [target, range] of Object.entries(one.manifest[kind] ?? {})) {
      const wanted = target.startsWith('@halyard/') ? 'workspace:^' : 'catalog:'
      if (range !== wanted) failures.push(`${home}/package.json: ${target} must be "${wanted}", not "${range}"`)
    }
  }
}

const versions = new Set(packages.filter((one) => one.publishable).map((one) => one.manifest.version))
if (versions.size > 1) failures.push(`the packages carry different versions: ${[...versions].join(', ')}`)

for (const failure of failures) console.error(failure)
process.exitCode = failures.length === 0 ? 0 : 1
