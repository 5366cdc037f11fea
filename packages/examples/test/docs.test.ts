import { existsSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { blocksOf, moduleOf, pages, readPage, root, type Block } from './docs/blocks.ts'
import { Workshop } from './docs/workshop.ts'

const blocks = pages().flatMap((page) => blocksOf(page, readPage(page)))
const isNode22 = process.versions.node.startsWith('22.')
// The rules of `checkMiddleware` are sources that Node 22 cannot run: see `runnable`.
const running = blocks.filter((block) => block.runs && !(isNode22 && block.code.includes('checkMiddleware')))
const fileOf = (block: Block): string => `${block.at.replaceAll(/[^\w]/g, '_')}.ts`

/** What blocks that run may ask for. */
const answer: RequestListener = (request, response) => {
  request.resume()
  response.setHeader('content-type', 'application/json')
  switch (request.url?.replace(/\?.*/, '')) {
    case '/users/42':
      response.end('{"id":42,"name":"Ada"}')
      break
    case '/users':
      response.statusCode = 201
      response.end('{"id":43,"name":"Grace"}')
      break
    case '/slow':
      break
    case '/hello':
      response.setHeader('content-type', 'text/plain')
      response.end('hello')
      break
    default:
      response.statusCode = 404
      response.setHeader('content-type', 'application/problem+json')
      response.end('{"title":"No such thing"}')
  }
}

let workshop: Workshop
let server: Server
let origin = ''

beforeAll(async () => {
  workshop = new Workshop()
  server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
  workshop.close()
})

test('every block of code is well typed', { timeout: 60_000 }, async () => {
  expect(blocks.length).toBeGreaterThan(20)
  for (const block of blocks) workshop.add(fileOf(block), moduleOf(block))
  const { status, output } = await workshop.check(blocks.map(fileOf))
  expect(namingPages(output)).toBe('')
  expect(status).toBe(0)
})

/** Messages of the compiler, about lines of pages. */
function namingPages(output: string): string {
  return output.replaceAll(/^.*?(?<file>\w+\.ts)\((?<line>\d+),/gm, (whole, file: string, line: string) => {
    const block = blocks.find((candidate) => fileOf(candidate) === file)
    const [page, fence] = block?.at.split(':') ?? []
    return page === undefined ? whole : `${page}:${Number(fence) + Number(line) - 1} (`
  })
}

test('blocks that run print what they say, and end by themselves', { timeout: 60_000 }, async () => {
  const fileNames = running.map((block) => `run_${fileOf(block)}`)
  for (const [at, block] of running.entries()) {
    workshop.add(fileNames[at] ?? '', runnable(moduleOf(block)).replaceAll('https://api.example.com', origin))
  }
  const printed = await workshop.run(fileNames)
  const byBlock = (outputOf: (block: Block) => string): Record<string, string> =>
    Object.fromEntries(running.map((block) => [block.at, outputOf(block)]))
  const outputOf = (block: Block): string => {
    const output = printed[`run_${fileOf(block)}`]?.replaceAll(origin, 'https://api.example.com') ?? 'nothing'
    // A block that promises no output only has to work.
    return expectedOutput(block) === '' && !output.startsWith('FAILED') ? '' : output
  }
  expect(byBlock(outputOf)).toEqual(byBlock(expectedOutput))
})

/** Node 22 does not know `await using`, which compilers make older syntax of; what is left open ends with the process. */
function runnable(code: string): string {
  return isNode22 ? code.replaceAll('await using ', 'const ') : code
}

/** What the block says that it prints: each `console.log` line ends in `// the output`. */
function expectedOutput(block: Block): string {
  const said = block.code.split('\n').flatMap((line) => {
    const comment = /console\.log\(.*\) \/\/ (?<said>.*)$/.exec(line)?.groups?.['said']
    return comment === undefined ? [] : [comment]
  })
  return said.map((line) => `${line}\n`).join('')
}

test('links inside the repository lead somewhere', () => {
  const broken = pages().flatMap((page) =>
    [...readPage(page).matchAll(/\]\((?<to>[^)\s]+)\)/g)]
      .map((link) => link.groups?.['to'] ?? '')
      .filter((to) => !/^(?:https?:|#|mailto:)/.test(to))
      .filter((to) => !existsSync(path.join(root, path.dirname(page), to.replace(/#.*/, ''))))
      .map((to) => `${page}: ${to}`),
  )
  expect(broken).toEqual([])
})

test('every test that docs/features.md names exists', () => {
  const named = [...readPage('docs/features.md').matchAll(/`(?<file>packages\/[^`]+\.test(?:-d)?\.ts)`/g)].map(
    (match) => match.groups?.['file'] ?? '',
  )
  expect(named.length).toBeGreaterThan(20)
  expect(named.filter((file) => !existsSync(path.join(root, file)))).toEqual([])
})
