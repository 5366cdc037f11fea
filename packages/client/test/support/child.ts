import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const directory = fileURLToPath(new URL('../..', import.meta.url))

export interface ChildOutcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Since the program said `done` to its end; since its start where it did not. */
  readonly lingeredMs: number
}

/** Node 22 does not know `await using`, which compilers make older syntax of; here, `close` is called at the end. */
function runnable(program: string): string {
  if (!process.versions.node.startsWith('22.')) return program
  const closes: string[] = []
  const plain = program.replaceAll(/await using (\w+) =/g, (_whole, name: string) => {
    closes.push(`await ${name}?.[Symbol.asyncDispose]()`)
    return `var ${name} =`
  })
  return [plain, ...closes.toReversed()].join('\n')
}

/**
 * Runs a program that can import `@halyard/client` and `@halyard/testing`, on the sources. It is killed after 60 s.
 * A global `env` of strings reaches it as `process.env`.
 */
export function child(
  program: string,
  { args = [], env = {} }: { args?: readonly string[]; env?: Readonly<Record<string, string>> } = {},
): Promise<ChildOutcome> {
  return new Promise((resolve, reject) => {
    const started = spawn(
      process.execPath,
      ['--conditions=@halyard/source', '--disable-warning=ExperimentalWarning', ...args, '--input-type=module'],
      { cwd: directory, env: { ...environment(), ...env }, timeout: 60_000, stdio: 'pipe' },
    )
    let stdout = ''
    let stderr = ''
    let since = performance.now()
    started.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
      if (stdout.includes('done')) since = performance.now()
    })
    started.stderr.on('data', (chunk: Buffer) => void (stderr += chunk.toString()))
    started.on('error', reject)
    started.on('close', (code) => resolve({ code, stdout, stderr, lingeredMs: performance.now() - since }))
    started.stdin.end(runnable(program))
  })
}

/** Ours, less what a test runner puts in. */
function environment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, NODE_V8_COVERAGE: _coverage, ...kept } = process.env
  return kept
}
