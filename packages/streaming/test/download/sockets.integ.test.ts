import { readFileSync } from 'node:fs'
import { systemClock } from '@halyard/core'
import { cuts, leakCheck, rawServer, reply } from '@halyard/testing'
import { expect, test } from 'vitest'
import { download } from '../../src/download/index.ts'
import { someBytes } from './kit/file-answers.ts'
import { fileServer } from './kit/file-server.ts'
import { makeFolder } from './kit/folder.ts'
import { httpSource } from './kit/http-source.ts'
import { downloadInChild } from './kit/killed-download.ts'

const bytes = someBytes(20_000_000)

test.each([{}, { resume: true }, { parallel: 3 }, { parallel: 3, resume: true }])(
  'over sockets: %j',
  async (options) => {
    await using leaks = leakCheck()
    await using server = await fileServer({ bytes, etag: '"a"' })
    using folder = makeFolder()
    using source = httpSource(server.url)
    let transferred = 0
    const onProgress = ({ transferredBytes }: { transferredBytes: number }): unknown => (transferred = transferredBytes)
    await download(source, folder.at('file'), { ...options, onProgress }, systemClock)
    expect(readFileSync(folder.at('file')).equals(bytes)).toBe(true)
    expect([transferred, folder.names(), folder.openFiles()]).toEqual([server.sentBytes, ['file'], []])
    await server.local.close()
    await leaks.check()
  },
)

test.each(cuts)('cut off $name: an error, and no file', async ({ play }) => {
  await using leaks = leakCheck()
  await using server = await rawServer(play)
  using folder = makeFolder()
  using source = httpSource(server.origin)
  for (const options of [{}, { resume: true }, { parallel: 2 }]) {
    await expect(download(source, folder.at('file'), options, systemClock)).rejects.toBeInstanceOf(Error)
    expect([folder.names(), folder.openFiles()]).toEqual([[], []])
  }
  await server.close()
  await leaks.check()
})

test('an answer by its connection’s end is whole', async () => {
  await using server = await rawServer(async (connection) => {
    await connection.receiveHead()
    await connection.send('HTTP/1.1 200 OK\r\netag: "a"\r\n\r\nhello')
    await connection.end()
  })
  using folder = makeFolder()
  using source = httpSource(server.origin)
  expect(await download(source, folder.at('file'), { resume: true }, systemClock)).toMatchObject({ bytes: 5 })
})

test('a part that nobody asked for', async () => {
  await using server = await rawServer(async (connection) => {
    await connection.receiveHead()
    await connection.send(reply({ status: 206, headers: { 'content-range': 'bytes 0-2/9' }, body: 'abc' }))
  })
  using folder = makeFolder()
  using source = httpSource(server.origin)
  await expect(download(source, folder.at('file'), {}, systemClock)).rejects.toMatchObject({ code: 'decode' })
  expect(folder.names()).toEqual([])
})

test.each([
  [{}, []],
  [{ resume: true }, ['file.part', 'file.part.json']],
  [{ parallel: 3 }, []],
  [{ parallel: 3, resume: true }, ['file.part', 'file.part.json']],
])('aborted in the middle with %j, there is left %j', async (options, left) => {
  const abort = new AbortController()
  await using leaks = leakCheck({ signals: [abort.signal] })
  await using server = await fileServer({ bytes, etag: '"a"' })
  using folder = makeFolder()
  using source = httpSource(server.url, abort.signal)
  server.stopAt = { bytes: 12_000_000, run: () => abort.abort() }
  await expect(download(source, folder.at('file'), options, systemClock)).rejects.toBeInstanceOf(Error)
  expect([folder.names(), folder.openFiles()]).toEqual([left, []])
  await server.local.close()
  await leaks.check()
})

test('two processes into one file: one has it, the other is told', { timeout: 60_000 }, async () => {
  await using server = await fileServer({ bytes, etag: '"a"' })
  using folder = makeFolder()
  const options = { resume: true, rateBytesPerSecond: 20_000_000 }
  const ends = await Promise.all([
    downloadInChild(server, folder.at('file'), options),
    downloadInChild(server, folder.at('file'), options),
  ])
  expect(ends).toContainEqual(expect.objectContaining({ isDone: true }))
  for (const { isDone, said } of ends) expect(said).toContain(isDone ? '"bytes":20000000' : 'EBUSY')
  expect(readFileSync(folder.at('file')).equals(bytes)).toBe(true)
  expect(folder.names()).toEqual(['file'])
})
