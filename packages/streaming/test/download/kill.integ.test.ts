import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { someBytes } from './kit/file-answers.ts'
import { fileServer } from './kit/file-server.ts'
import { makeFolder } from './kit/folder.ts'
import { downloadInChild } from './kit/killed-download.ts'

const bytes = someBytes(6_000_000)

test('a process that is killed leaves a part, which the next one goes on with', { timeout: 60_000 }, async () => {
  await using server = await fileServer({ bytes, etag: '"a"' })
  using folder = makeFolder()
  for (const [count, written] of [
    [3_500_000, 2_000_000],
    [700_000, 2_500_000],
  ]) {
    const { isDone } = await downloadInChild(server, folder.at('file'), { resume: true }, count, written)
    expect(isDone).toBe(false)
    expect(folder.names()).toContain('file.part')
  }
  const { isDone, said } = await downloadInChild(server, folder.at('file'), { resume: true })
  expect([isDone, said]).toEqual([true, expect.stringContaining('"resumed":true')])
  expect(readFileSync(folder.at('file')).equals(bytes)).toBe(true)
  expect(folder.names()).toEqual(['file'])
  // What was killed had most of it.
  expect(server.sentBytes).toBeLessThan(2 * bytes.byteLength)
})
