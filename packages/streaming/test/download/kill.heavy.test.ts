import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { SaveOptions } from '../../src/download/index.ts'
import { someBytes } from './kit/file-answers.ts'
import { fileServer } from './kit/file-server.ts'
import { makeFolder } from './kit/folder.ts'
import { downloadInChild } from './kit/killed-download.ts'

const kills = 20

const ways: [string, SaveOptions, number][] = [
  ['one stream', { resume: true }, 60_000_000],
  ['synced', { resume: true, durable: true }, 200_000_000],
  ['four ranges', { resume: true, parallel: 4 }, 120_000_000],
]

test.each(ways)(
  'killed 20 times at random bytes, by %s, the file is the same',
  { timeout: 600_000 },
  async (_name, options, size) => {
    const bytes = someBytes(size)
    await using server = await fileServer({ bytes, etag: '"a"' })
    using folder = makeFolder()
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    // Else a run may begin before the end of what is there.
    const isSimple = options.parallel === undefined && options.durable === undefined
    let killed = 0
    let completed = 0
    let resumed = 0
    let chance = 1
    while (killed < kills) {
      // Any byte, and more often early ones: of the head, of the first write.
      chance = (Math.imul(chance, 1_103_515_245) + 12_345) >>> 0
      const share = chance / 2 ** 32
      const count = Math.max(1, Math.floor((killed % 3 === 0 ? share ** 4 : share) * size * (isSimple ? 0.4 : 0.9)))
      // Half of them when what was sent is written, so that there is something to go on with.
      const before = statSync(folder.at('file.part'), { throwIfNoEntry: false })?.size ?? 0
      const written = killed % 2 === 0 && isSimple ? before + count - 600_000 : 0
      const { isDone, said } = await downloadInChild(server, folder.at('file'), options, count, written)
      if (isDone) {
        completed += 1
        if (said.includes('"resumed":true')) resumed += 1
        expect(
          createHash('sha256')
            .update(readFileSync(folder.at('file')))
            .digest('hex'),
        ).toBe(sha256)
      } else killed += 1
    }
    const last = await downloadInChild(server, folder.at('file'), options)
    expect(last).toMatchObject({ isDone: true })
    if (last.said.includes('"resumed":true')) resumed += 1
    expect(
      createHash('sha256')
        .update(readFileSync(folder.at('file')))
        .digest('hex'),
    ).toBe(sha256)
    expect(folder.names()).toEqual(['file'])
    // Resumed, and not begun anew each time: twenty kills would have cost several times the file.
    expect(resumed).toBeGreaterThan(0)
    expect(completed).toBeLessThan(kills)
  },
)

test('a file that changes under the kills is one or the other, never both', { timeout: 600_000 }, async () => {
  const versions = [someBytes(30_000_000, 1), someBytes(31_000_000, 2)]
  await using server = await fileServer({ bytes: someBytes(1), etag: '"none"' })
  using folder = makeFolder()
  for (let round = 0; round < 20; round += 1) {
    const version = Math.floor(round / 2) % 2
    server.file = { bytes: versions[version] ?? someBytes(1), etag: `"${version}"` }
    const parallel = round % 3 === 0 ? 3 : 1
    await downloadInChild(server, folder.at('file'), { resume: true, parallel }, 1 + round * 1_000_000)
  }
  server.file = { bytes: versions[0] ?? someBytes(1), etag: '"0"' }
  expect(await downloadInChild(server, folder.at('file'), { resume: true })).toMatchObject({ isDone: true })
  expect(readFileSync(folder.at('file')).equals(versions[0] ?? someBytes(1))).toBe(true)
  expect(folder.names()).toEqual(['file'])
})
