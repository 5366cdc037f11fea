import { open } from 'node:fs/promises'
import { BodyError, systemClock } from '@halyard/core'
import { expect, test } from 'vitest'
import type { Draft } from '../../src/download/draft.ts'
import { Exchange } from '../../src/download/exchange.ts'
import { FileDownload } from '../../src/download/file-download.ts'
import { FileFaults } from '../../src/download/file-faults.ts'
import { Halt } from '../../src/download/halt.ts'
import { resolveSave } from '../../src/download/save-options.ts'
import { scripted } from './kit/scripted-source.ts'

/** More than is ever kept waiting, and then nothing, for ever. */
async function* stalling(): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.alloc(1_000_000))
  await new Promise(() => undefined)
}

test.skipIf(process.platform !== 'linux').each([true, false])(
  'a full disk ends a download at once, though the server is silent; resumable: %j',
  async (isKept) => {
    const handle = await open('/dev/full', 'r+')
    const records: unknown[] = []
    const done = (): Promise<void> => Promise.resolve()
    const draft: Draft = {
      handle,
      path: '/dev/full',
      earlier: undefined,
      isKept,
      begin: done,
      goOn: done,
      wantsRecord: () => false,
      record: (stretch) => Promise.resolve(void records.push(stretch)),
      commit: done,
      abandon: done,
    }
    const source = scripted(() => ({ body: stalling() }))
    const faults = new FileFaults(source.target)
    const exchange = new Exchange(source, faults, false)
    const download = new FileDownload({ exchange, options: resolveSave({}), clock: systemClock, draft, faults })
    const failure = await download.whole(await exchange.openWhole(new Halt())).catch((error: unknown) => error)
    await handle.close()
    expect(failure).toBeInstanceOf(BodyError)
    expect(failure).toMatchObject({ code: 'file', sent: 'yes', cause: { code: 'ENOSPC' } })
    expect(String(failure)).toContain('/dev/full (ENOSPC)')
    // What was not written is not said to be there.
    expect([records, source.openBodies]).toEqual([[], 0])
  },
)
