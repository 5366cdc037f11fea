import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { eachProtocol, type ServerHandler } from '@halyard/testing'
import { describe, expect, test } from 'vitest'

const directory = fileURLToPath(new URL('../..', import.meta.url))
const content = randomBytes(64_000_000)

/** Downloads the file in a process of its own. */
const program = `
import { createClient } from '@halyard/client'
const { origin, target, ca } = JSON.parse(process.env.DOWNLOAD)
const api = createClient(origin, ca === undefined ? {} : { tls: { ca } })
const saved = await api.get('/file').saveTo(target, { resume: true })
console.log(JSON.stringify(saved))
await api.close()
`

function start(download: object): ChildProcess {
  const { NODE_OPTIONS: _options, ...env } = process.env
  const child = spawn(
    process.execPath,
    ['--conditions=@halyard/source', '--disable-warning=ExperimentalWarning', '--input-type=module'],
    { cwd: directory, env: { ...env, DOWNLOAD: JSON.stringify(download) }, stdio: ['pipe', 'pipe', 'inherit'] },
  )
  child.stdin?.end(program)
  return child
}

describe.each(eachProtocol)('over $name', (protocol) => {
  const killed = protocol.name === 'h1' ? 20 : 6

  test(
    `a process killed ${killed} times at any byte leaves what makes the same file`,
    { timeout: 300_000 },
    async () => {
      const folder = await mkdtemp(path.join(tmpdir(), 'halyard-resume-'))
      const target = path.join(folder, 'file.bin')
      let child: ChildProcess | undefined
      let kills = true
      let resumed = 0
      let sentInAll = 0
      const handler: ServerHandler = async (request, response) => {
        const from = Number(/^bytes=(\d+)-$/.exec(String(request.headers.range ?? ''))?.[1] ?? 0)
        if (from > 0) resumed += 1
        const killAt = kills ? from + Math.random() * 0.4 * (content.byteLength - from) : Infinity
        let isKilled = false
        response.writeHead(from > 0 ? 206 : 200, {
          etag: '"fixed"',
          'content-length': content.byteLength - from,
          'content-range': `bytes ${from}-${content.byteLength - 1}/${content.byteLength}`,
        })
        response.on('error', () => undefined)
        for (let at = from; at < content.byteLength && !response.destroyed; at += 16_384) {
          if (at >= killAt && !isKilled) isKilled = child?.kill('SIGKILL') ?? false
          const chunk = content.subarray(at, at + 16_384)
          sentInAll += chunk.byteLength
          if (!response.write(chunk)) await Promise.race([once(response, 'drain'), once(response, 'close')])
        }
        response.end()
      }
      await using server = await protocol.start(handler)
      const download = { origin: server.origin, target, ca: server.ca }
      try {
        for (let run = 0; run < killed; run += 1) {
          child = start(download)
          expect(await once(child, 'exit')).toEqual([null, 'SIGKILL'])
        }
        kills = false
        child = start(download)
        let output = ''
        child.stdout?.on('data', (text: Buffer) => (output += text.toString()))
        expect(await once(child, 'close')).toEqual([0, null])
        expect(JSON.parse(output)).toMatchObject({ bytes: content.byteLength, resumed: true })
        expect(content.equals(await readFile(target))).toBe(true)
        expect(await readdir(folder)).toEqual(['file.bin'])
        expect(resumed).toBeGreaterThan(2)
        // Only what was on its way at a kill came twice.
        expect(sentInAll).toBeLessThan(content.byteLength * 5)
      } finally {
        await rm(folder, { recursive: true })
      }
    },
  )
})
