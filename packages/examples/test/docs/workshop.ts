import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { root } from './blocks.ts'

export interface Outcome {
  readonly status: number
  readonly output: string
}

/** Runs Node and gathers what it prints; a program that does not end by itself is ended and has status -1. */
export function node(args: readonly string[], timeout = 40_000): Promise<Outcome> {
  const env = { ...process.env, NODE_NO_WARNINGS: '1', NODE_COMPILE_CACHE: path.join(root, 'node_modules/.cache/node') }
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: root, env, timeout }, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ status, output: stdout + stderr })
    })
  })
}

/** A folder beside which the workspace's packages can be imported, as sources. */
export class Workshop {
  readonly folder: string = mkdtempSync(path.join(tmpdir(), 'halyard-docs-'))

  constructor() {
    symlinkSync(path.join(root, 'packages/examples/node_modules'), path.join(this.folder, 'node_modules'), 'junction')
    writeFileSync(path.join(this.folder, 'package.json'), '{ "type": "module" }\n')
  }

  add(name: string, code: string): string {
    const at = path.join(this.folder, name)
    writeFileSync(at, code)
    return at
  }

  /** Type-checks files of the folder, all in one go. */
  check(files: readonly string[]): Promise<Outcome> {
    const config = {
      extends: path.join(root, 'tsconfig.base.json'),
      compilerOptions: {
        isolatedDeclarations: false,
        declaration: false,
        declarationMap: false,
        typeRoots: [path.join(root, 'node_modules/@types')],
      },
      files: [...files, path.join(root, 'packages/transport/src/http1/undici.d.ts')],
    }
    const at = this.add('tsconfig.json', JSON.stringify(config))
    return node([path.join(root, 'node_modules/typescript/bin/tsc'), '--pretty', 'false', '-p', at], 60_000)
  }

  /** Runs files of the folder one after the other, in one process; gives what each printed. */
  async run(files: readonly string[]): Promise<Record<string, string>> {
    const runner = this.add('runner.mjs', runnerCode)
    const { output, status } = await node(['-C', '@halyard/source', runner, ...files], 40_000)
    if (status !== 0) throw new Error(`the blocks did not run, or did not end by themselves (${status}): ${output}`)
    return JSON.parse(output)
  }

  close(): void {
    rmSync(this.folder, { recursive: true })
  }
}

const runnerCode = `
import { format } from 'node:util'
const printed = {}
for (const file of process.argv.slice(2)) {
  printed[file] = ''
  console.log = (...values) => { printed[file] += format(...values) + '\\n' }
  try {
    await import('./' + file)
  } catch (error) {
    printed[file] += 'FAILED ' + format(error)
  }
}
process.stdout.write(JSON.stringify(printed))
`
