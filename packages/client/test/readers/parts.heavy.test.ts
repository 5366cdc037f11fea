import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { eachProtocol } from '@halyard/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { filePart, multipart } from '../../src/index.ts'
import { scene } from '../support/scene.ts'

const mebibyte = 1_048_576
const size = 1024 * mebibyte
let folder = ''
let sent = ''
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'parts-'))
  sent = path.join(folder, 'sent')
  writeFileSync(sent, '')
  truncateSync(sent, size)
})
afterAll(() => rmSync(folder, { recursive: true }))

/** What is held, that of the server in the same process included. */
function held(): number {
  // It sweeps buffers while others run; the next one waits for that.
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** The most that was held beyond what was held before, in MiB; looked at often. */
async function growthOf(work: Promise<unknown>): Promise<number> {
  const before = held()
  let most = 0
  let looks = 0
  const looking = setInterval(() => {
    most = Math.max(most, held() - before)
    looks += 1
  }, 50)
  try {
    await work
  } finally {
    clearInterval(looking)
  }
  expect(looks).toBeGreaterThan(5)
  return most / mebibyte
}

describe.each(eachProtocol)('over $name, 1 GiB as a part', (protocol) => {
  test('goes out from a file in less than 64 MiB', async () => {
    await using set = await scene(
      async (request, response) => {
        let bytes = 0
        for await (const chunk of request) bytes += chunk.length
        response.end(String(bytes))
      },
      {},
      protocol,
    )
    const body = multipart({ before: 'x', file: filePart(sent) })
    let received = ''
    const growth = await growthOf(
      (async () => {
        received = await set.api.post('/', body, { timeout: false }).text()
      })(),
    )
    expect(Number(received)).toBe(body.length)
    expect(growth).toBeLessThan(64)
  })

  test('comes in and is saved in less than 64 MiB', async () => {
    await using set = await scene(
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'multipart/mixed; boundary=b' })
        response.write('--b\r\n\r\n')
        const chunk = Buffer.alloc(65_536, '\r\n--')
        let left = size
        const write = (): void => {
          while (left > 0 && !response.destroyed) {
            left -= chunk.byteLength
            if (!response.write(chunk)) return void response.once('drain', write)
          }
          response.end('\r\n--b\r\n\r\nafter\r\n--b--')
        }
        write()
      },
      {},
      protocol,
    )
    const to = path.join(folder, 'received')
    const seen: unknown[] = []
    const growth = await growthOf(
      (async () => {
        for await (const part of set.api.get('/', { timeout: false }).parts()) {
          seen.push(seen.length === 0 ? (await part.saveTo(to)).bytes : await part.text())
        }
      })(),
    )
    expect(seen).toEqual([size, 'after'])
    expect(statSync(to).size).toBe(size)
    expect(growth).toBeLessThan(64)
    rmSync(to)
  })
})
