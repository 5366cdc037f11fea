import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { systemClock } from '@halyard/core'
import { fakeClock } from '@halyard/testing'
import { expect, test } from 'vitest'
import { FileFaults } from '../../src/download/file-faults.ts'
import { download } from '../../src/download/index.ts'
import { PartLock } from '../../src/download/part-lock.ts'
import { answerFile, someBytes } from './kit/file-answers.ts'
import { makeFolder, type Folder } from './kit/folder.ts'
import { scripted } from './kit/scripted-source.ts'

const bytes = someBytes(100_000)
const faults = new FileFaults('GET http://server/file')

function acquire(folder: Folder): Promise<PartLock> {
  return PartLock.acquire(folder.at('file.part'), systemClock, faults)
}

/** The file of the one who holds it. */
function holder(folder: Folder): string {
  return readdirSync(folder.at('file.part.lock'))[0] ?? ''
}

function leaveHolder(folder: Folder, name: string): string {
  mkdirSync(folder.at('file.part.lock'), { recursive: true })
  const file = folder.at(`file.part.lock/${name}`)
  writeFileSync(file, '')
  return file
}

test('of two downloads at once the second is refused, and the first one is not disturbed', async () => {
  using folder = makeFolder()
  const go = Promise.withResolvers<void>()
  const source = scripted(async (headers) => {
    await go.promise
    return answerFile({ bytes, etag: '"a"' }, headers)
  })
  const options = { resume: true }
  const first = download(source, folder.at('file'), options, systemClock)
  await new Promise<void>((resolve) => void setImmediate(resolve))
  const second = scripted(() => ({ body: 'x' }))
  const failing = download(second, folder.at('file'), options, systemClock)
  await expect(failing).rejects.toMatchObject({ code: 'file', sent: 'no', cause: { code: 'EBUSY' } })
  expect(second.requests).toEqual([])
  go.resolve()
  await first
  expect(readFileSync(folder.at('file')).equals(bytes)).toBe(true)
  expect(folder.names()).toEqual(['file'])
  // And then it is free.
  expect(await download(source, folder.at('file'), options, systemClock)).toMatchObject({ resumed: false })
})

test('another process that lives keeps it; when it is dead, it does not', async () => {
  using folder = makeFolder()
  const own = await acquire(folder)
  const [, , place] = holder(folder).split('_')
  await own.release()
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume(); console.log(1)'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  await once(child.stdout, 'data')
  const start = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[19]
  const name = `${child.pid}_${start}_${place}_x`
  leaveHolder(folder, name)
  await expect(acquire(folder)).rejects.toMatchObject({ code: 'file', cause: { code: 'EBUSY' } })
  expect(readdirSync(folder.at('file.part.lock'))).toEqual([name])
  child.kill('SIGKILL')
  await once(child, 'exit')
  const lock = await acquire(folder)
  expect(readdirSync(folder.at('file.part.lock'))).not.toContain(name)
  await lock.release()
  expect(folder.names()).toEqual([])
})

test('a process number that was given to another is no holder', async () => {
  using folder = makeFolder()
  const own = await acquire(folder)
  const [pid, , place] = holder(folder).split('_')
  await own.release()
  leaveHolder(folder, `${pid}_1_${place}_x`)
  const lock = await acquire(folder)
  await lock.release()
  expect(folder.names()).toEqual([])
})

test('one on another machine holds it as long as it says so', async () => {
  using folder = makeFolder()
  const file = leaveHolder(folder, '1_1_elsewhere_x')
  await expect(acquire(folder)).rejects.toMatchObject({ cause: { code: 'EBUSY' } })
  utimesSync(file, new Date(), new Date(Date.now() - 70_000))
  const lock = await acquire(folder)
  await lock.release()
  expect(folder.names()).toEqual([])
})

test('who holds it says so from time to time, and no more when it is released', async () => {
  using folder = makeFolder()
  const clock = fakeClock()
  const lock = await PartLock.acquire(folder.at('file.part'), clock, faults)
  expect(clock.pending).toBe(1)
  const file = folder.at(`file.part.lock/${holder(folder)}`)
  expect(readFileSync(file, 'utf8')).toBe('')
  await clock.advance(15_000)
  while (readFileSync(file, 'utf8') === '') await new Promise((resolve) => void setImmediate(resolve))
  await lock.release()
  expect([clock.pending, folder.names()]).toEqual([0, []])
})

test('of many that come at once, at most one has it at a time', async () => {
  using folder = makeFolder()
  let holders = 0
  const taken = await Promise.allSettled(
    Array.from({ length: 20 }, async () => {
      const lock = await acquire(folder)
      holders += 1
      expect(holders).toBe(1)
      await new Promise((resolve) => void setImmediate(resolve))
      holders -= 1
      await lock.release()
    }),
  )
  expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(folder.names()).toEqual([])
})
