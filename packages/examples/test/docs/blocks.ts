import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const root: string = fileURLToPath(new URL('../../../../', import.meta.url))

/** A block of TypeScript in a page. */
export interface Block {
  /** `docs/bodies.md:12`, the line of its fence. */
  readonly at: string
  /** Names of files in `preludes/`, put before the code. */
  readonly preludes: readonly string[]
  readonly code: string
  /** ```` ```ts run ````: also executed. */
  readonly runs: boolean
}

/** The pages with code: README.md, docs, decisions and the READMEs of the packages. */
export function pages(): string[] {
  const names = (folder: string): string[] =>
    readdirSync(path.join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`)
  const packages = readdirSync(path.join(root, 'packages')).flatMap((name) =>
    readdirSync(path.join(root, 'packages', name)).includes('README.md') ? [`packages/${name}/README.md`] : [],
  )
  return ['README.md', ...names('docs'), ...names('docs/decisions'), ...packages]
}

export function readPage(page: string): string {
  return readFileSync(path.join(root, page), 'utf8')
}

/**
 * The blocks that start with ```` ```ts ````. `<!-- prelude: api user -->` on the line before names what stands before
 * the code; ```` ```ts sketch ```` is left out: a signature, not a program.
 */
export function blocksOf(page: string, text: string): Block[] {
  const lines = text.split('\n')
  const blocks: Block[] = []
  for (let at = 0; at < lines.length; at += 1) {
    const fence = /^```ts(?: (?<mode>run|sketch))?$/.exec(lines[at] ?? '')
    if (fence === null) continue
    const end = lines.indexOf('```', at)
    const prelude = /^<!-- prelude: (?<names>[\w -]+) -->$/.exec(lines[at - 1] ?? '')?.groups?.['names'] ?? ''
    if (fence.groups?.['mode'] !== 'sketch') {
      blocks.push({
        at: `${page}:${at + 1}`,
        preludes: prelude.split(' ').filter((name) => name !== ''),
        code: lines.slice(at + 1, end).join('\n'),
        runs: fence.groups?.['mode'] === 'run',
      })
    }
    at = end
  }
  return blocks
}

/** A block as a module of its own, its prelude on one line so that line numbers keep their sense. */
export function moduleOf(block: Block): string {
  const before = block.preludes.map((name) => readFileSync(new URL(`preludes/${name}.ts`, import.meta.url), 'utf8'))
  return `${before.join('').replaceAll('\n', '; ')}export {}\n${block.code}\n`
}
