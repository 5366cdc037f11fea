import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { BodyError, ConfigError, systemClock } from '@halyard/core'
import { fakeClock, leakCheck } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { download, type SaveOptions } from '../../src/download/index.ts'
import { someBytes } from './kit/file-answers.ts'
import { makeFolder } from './kit/folder.ts'
import { scripted, serving, thenFails } from './kit/scripted-source.ts'

const bytes = someBytes(300_000)
const sha256 = createHash('sha256').update(bytes).digest()
const sha512 = createHash('sha512').update(bytes).digest()

describe('a file', () => {
  test('is saved, under its own name when it is whole', async () => {
    using folder = makeFolder()
    const seen: string[][] = []
    const source = scripted(() => {
      seen.push(folder.names())
      return { body: bytes }
    })
    const saved = await download(source, folder.at('file'), {}, systemClock)
    expect(saved).toEqual({ path: folder.at('file'), bytes: 300_000, resumed: false, digest: undefined })
    expect(readFileSync(folder.at('file')).equals(bytes)).toBe(true)
    expect(source.requests).toEqual([{}])
    // There was a file to write to before anything was sent.
    expect(seen).toEqual([[expect.stringMatching(/^\.file\.[0-9a-f-]{36}\.part$/)]])
    expect(folder.names()).toEqual(['file'])
    expect(folder.openFiles()).toEqual([])
  })

  test.each([
    ['by its URL', {}],
    ['durably', { durable: true }],
    ['resumable', { resume: true }],
    ['resumable and durable', { resume: true, durable: true }],
    ['in ranges', { parallel: 4 }],
    ['in ranges, resumable and durable', { parallel: 3, resume: true, durable: true }],
  ] satisfies [string, SaveOptions][])('%s', async (_name, options) => {
    using folder = makeFolder()
    const source = serving(() => ({ bytes, etag: '"a"' }))
    const url = pathToFileURL(folder.at('a file'))
    const saved = await download(source, url, options, systemClock)
    expect(saved).toMatchObject({ path: folder.at('a file'), bytes: 300_000, resumed: false })
    expect(readFileSync(folder.at('a file')).equals(bytes)).toBe(true)
    expect(folder.names()).toEqual(['a file'])
    expect([folder.openFiles(), source.openBodies]).toEqual([[], 0])
  })

  test('may be empty', async () => {
    using folder = makeFolder()
    for (const options of [{}, { resume: true }, { parallel: 2 }, { resume: true, parallel: 2 }]) {
      const source = serving(() => ({ bytes: Buffer.alloc(0), etag: '"a"' }))
      const saved = await download(source, folder.at('file'), options, systemClock)
      expect(saved.bytes).toBe(0)
      expect(folder.names()).toEqual(['file'])
    }
  })

  test('takes the place of another, with its permissions', async () => {
    using folder = makeFolder()
    for (const options of [{}, { resume: true }]) {
      writeFileSync(folder.at('file'), 'old')
      chmodSync(folder.at('file'), 0o640)
      await download(
        scripted(() => ({ body: 'new' })),
        folder.at('file'),
        options,
        systemClock,
      )
      expect(readFileSync(folder.at('file'), 'utf8')).toBe('new')
      expect(statSync(folder.at('file')).mode & 0o777).toBe(0o640)
    }
  })

  test('is what a link points to', async () => {
    using folder = makeFolder()
    mkdirSync(folder.at('there'))
    writeFileSync(folder.at('there/file'), 'old')
    symlinkSync('there/file', folder.at('link'))
    await download(
      scripted(() => ({ body: 'new' })),
      folder.at('link'),
      {},
      systemClock,
    )
    expect(readFileSync(folder.at('there/file'), 'utf8')).toBe('new')
    expect(folder.names()).toEqual(['link', 'there'])
  })

  test('has a name as long as names may be', async () => {
    using folder = makeFolder()
    const name = '😀'.repeat(63)
    await download(
      scripted(() => ({ body: 'x' })),
      folder.at(name),
      {},
      systemClock,
    )
    expect(folder.names()).toEqual([name])
  })

  test('may be a part, where the caller asked for one', async () => {
    using folder = makeFolder()
    const part = {
      status: 206,
      headers: { 'content-range': 'bytes 3-5/10', 'repr-digest': `sha-256=:${'A'.repeat(43)}=:` },
      body: 'abc',
    }
    const source = scripted(() => part, { ranged: true })
    await download(source, folder.at('file'), {}, systemClock)
    expect(readFileSync(folder.at('file'), 'utf8')).toBe('abc')
    for (const options of [{ resume: true }, { parallel: 2 }]) {
      await expect(download(source, folder.at('file'), options, systemClock)).rejects.toThrow(ConfigError)
    }
    expect(source.requests).toHaveLength(1)
  })

  test('of two downloads at once is the one that ends last', async () => {
    using folder = makeFolder()
    const one = download(
      scripted(() => ({ body: someBytes(100_000, 1) })),
      folder.at('file'),
      {},
      systemClock,
    )
    const two = download(
      scripted(() => ({ body: someBytes(100_000, 2) })),
      folder.at('file'),
      {},
      systemClock,
    )
    await Promise.all([one, two])
    const now = readFileSync(folder.at('file'))
    expect(now.equals(someBytes(100_000, 1)) || now.equals(someBytes(100_000, 2))).toBe(true)
    expect(folder.names()).toEqual(['file'])
  })
})

describe('nothing is left', () => {
  const failures: [string, Parameters<typeof scripted>[0], object][] = [
    ['of a body that is cut short', () => ({ body: thenFails(bytes, new Error('cut')) }), { message: 'cut' }],
    [
      'of a shorter body than announced',
      () => ({ headers: { 'content-length': '300001' }, body: bytes }),
      { code: 'decode' },
    ],
    [
      'of a longer body than announced',
      () => ({ headers: { 'content-length': '299999' }, body: bytes }),
      { code: 'decode' },
    ],
    ['of a failing status', () => ({ status: 404, body: 'none' }), { message: 'status 404' }],
    [
      'of a part that nobody asked for',
      () => ({ status: 206, headers: { 'content-range': 'bytes 0-2/10' }, body: 'abc' }),
      { code: 'decode' },
    ],
    ['of an answer without the file', () => ({ status: 304 }), { code: 'no-content' }],
    ['of a request that fails', () => Promise.reject(new Error('refused')), { message: 'refused' }],
  ]
  test.each(failures)('%s, and what was there stays', async (_name, answering, failure) => {
    using folder = makeFolder()
    writeFileSync(folder.at('file'), 'old')
    const source = scripted(answering)
    await expect(download(source, folder.at('file'), {}, systemClock)).rejects.toMatchObject(failure)
    expect(folder.names()).toEqual(['file'])
    expect(readFileSync(folder.at('file'), 'utf8')).toBe('old')
    expect([folder.openFiles(), source.openBodies]).toEqual([[], 0])
  })

  test('of one that is aborted in the middle', async () => {
    await using leaks = leakCheck()
    using folder = makeFolder()
    const abort = new AbortController()
    async function* body(): AsyncGenerator<Uint8Array> {
      yield bytes
      abort.abort()
      yield await Promise.resolve(bytes)
      throw new BodyError('aborted', { code: 'decode', sent: 'yes', target: '' })
    }
    await expect(
      download(
        scripted(() => ({ body: body() })),
        folder.at('file'),
        {},
        systemClock,
      ),
    ).rejects.toThrow('aborted')
    expect([folder.names(), folder.openFiles()]).toEqual([[], []])
    await leaks.check()
  })

  test('a failing listener ends it, and the source is left while it waits', async () => {
    using folder = makeFolder()
    let calls = 0
    const onProgress = (): void => {
      calls += 1
      if (calls === 2) throw new Error('mine')
    }
    async function* body(): AsyncGenerator<Uint8Array> {
      yield bytes
      await new Promise(() => undefined)
    }
    const source = scripted(() => ({ body: body() }))
    await expect(download(source, folder.at('file'), { onProgress }, systemClock)).rejects.toThrow('mine')
    expect([folder.names(), source.openBodies]).toEqual([[], 0])
  })
})

describe('a file system that refuses', () => {
  const refusals: [string, (at: (name: string) => string) => string, string][] = [
    ['a folder', (at) => at('folder'), 'EISDIR'],
    ['a folder by its separator', (at) => `${at('new')}/`, 'ENOTDIR'],
    ['what is below a file', (at) => at('plain/file'), 'ENOTDIR'],
    ['a folder that is not there', (at) => at('missing/file'), 'ENOENT'],
    ['a name that is too long', (at) => at('x'.repeat(300)), 'ENAMETOOLONG'],
    ...(process.platform === 'linux'
      ? ([
          ['a folder that nobody can write to', () => '/proc/self/halyard', 'ENOENT'],
          ['a device', () => '/dev/full', 'EINVAL'],
        ] satisfies [string, () => string, string][])
      : []),
  ]
  test.each(refusals)('%s: an error that names path and errno, and nothing is sent', async (_name, place, errno) => {
    using folder = makeFolder()
    mkdirSync(folder.at('folder'))
    writeFileSync(folder.at('plain'), 'plain')
    for (const options of [{}, { resume: true }, { resume: true, durable: true, parallel: 2 }]) {
      const source = scripted(() => ({ body: 'x' }))
      const target = place((name) => folder.at(name))
      const error = await download(source, target, options, systemClock).catch((failure: unknown) => failure)
      expect(error).toBeInstanceOf(BodyError)
      expect(error).toMatchObject({ code: 'file', sent: 'no', cause: { code: errno } })
      expect(String(error)).toContain(errno)
      expect(String(error)).toContain(target.slice(0, 100))
      expect(source.requests).toEqual([])
      expect([folder.names(), folder.openFiles()]).toEqual([['folder', 'plain'], []])
    }
  })

  test.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
    'a folder without permission (root has all)',
    async () => {
      using folder = makeFolder()
      mkdirSync(folder.at('folder'), { mode: 0o500 })
      const failing = download(
        scripted(() => ({ body: 'x' })),
        folder.at('folder/file'),
        {},
        systemClock,
      )
      await expect(failing).rejects.toMatchObject({ code: 'file', cause: { code: 'EACCES' } })
    },
  )

  test('a target that becomes a folder meanwhile', async () => {
    using folder = makeFolder()
    const source = scripted(() => {
      mkdirSync(folder.at('file/inside'), { recursive: true })
      return { body: 'x' }
    })
    await expect(download(source, folder.at('file'), {}, systemClock)).rejects.toMatchObject({
      code: 'file',
      sent: 'yes',
    })
    expect([folder.names(), folder.openFiles()]).toEqual([['file'], []])
  })
})

describe('digests', () => {
  const given: [string, string, Buffer][] = [
    ['sha-256', 'hex', sha256],
    ['SHA-512', 'base64', sha512],
    ['sha256', 'HEX', sha256],
    ['sha-256', 'base64 without padding', sha256],
    ['md5', 'hex', createHash('md5').update(bytes).digest()],
  ]
  const written = (form: string, value: Buffer): string => {
    if (form === 'hex') return value.toString('hex')
    if (form === 'HEX') return value.toString('hex').toUpperCase()
    return form === 'base64' ? value.toString('base64') : value.toString('base64').replace(/=+$/, '')
  }
  test.each(given)('%s in %s', async (algorithm, form, value) => {
    using folder = makeFolder()
    for (const options of [{}, { resume: true }, { parallel: 2 }]) {
      const source = (): ReturnType<typeof scripted> => serving(() => ({ bytes, etag: '"a"' }))
      const digest = { algorithm, value: written(form, value) }
      const saved = await download(source(), folder.at('file'), { ...options, digest }, systemClock)
      expect(saved.digest).toEqual({ algorithm, value: value.toString('hex') })
      const wrong = Buffer.from(value)
      wrong[5] = (wrong[5] ?? 0) ^ 1
      writeFileSync(folder.at('file'), 'old')
      const failing = { ...options, digest: { algorithm, value: written(form, wrong) } }
      await expect(download(source(), folder.at('file'), failing, systemClock)).rejects.toMatchObject({
        code: 'decode',
      })
      expect(readFileSync(folder.at('file'), 'utf8')).toBe('old')
      expect([folder.names(), folder.openFiles()]).toEqual([['file'], []])
    }
  })

  test.each(['content-digest', 'repr-digest'])('%s of the server', async (field) => {
    using folder = makeFolder()
    const right = `sha-256=:${sha256.toString('base64')}:, sha-512=:${sha512.toString('base64')}:`
    const answer = (value: string) => () => ({ headers: { [field]: value }, body: bytes })
    const saved = await download(scripted(answer(right)), folder.at('file'), {}, systemClock)
    expect(saved.digest).toEqual({ algorithm: 'sha-256', value: sha256.toString('hex') })
    for (const wrong of [
      `sha-256=:${sha512.toString('base64')}:`,
      `sha-512=:AA==:, sha-256=:${sha256.toString('base64')}:`,
    ]) {
      const failing = download(scripted(answer(wrong)), folder.at('other'), {}, systemClock)
      await expect(failing).rejects.toMatchObject({ code: 'decode', message: expect.stringContaining(field) })
    }
    // What is unknown or malformed says nothing.
    for (const ignored of ['md5=:AA==:', 'sha-256=AA', 'nonsense;;']) {
      expect((await download(scripted(answer(ignored)), folder.at('file'), {}, systemClock)).digest).toBeUndefined()
    }
    expect(folder.names()).toEqual(['file'])
  })
})

describe('progress', () => {
  test('begins with nothing, adds up, and has one total', async () => {
    using folder = makeFolder()
    const steps: { transferredBytes: number; totalBytes: number | undefined; attempt: number }[] = []
    await download(
      serving(() => ({ bytes })),
      folder.at('file'),
      { onProgress: (step) => steps.push(step) },
      systemClock,
    )
    expect(steps[0]).toMatchObject({ transferredBytes: 0, totalBytes: 300_000, attempt: 0 })
    expect(steps.at(-1)).toMatchObject({ transferredBytes: 300_000, totalBytes: 300_000, ratio: 1 })
    expect(steps).toHaveLength(301)
  })

  test('without a length, the total is known at the end', async () => {
    using folder = makeFolder()
    const totals: (number | undefined)[] = []
    const onProgress = ({ totalBytes }: { totalBytes: number | undefined }): unknown => totals.push(totalBytes)
    await download(
      scripted(() => ({ body: bytes, chunkBytes: 100_000 })),
      folder.at('file'),
      { onProgress },
      systemClock,
    )
    expect(totals).toEqual([undefined, undefined, undefined, undefined, 300_000])
  })

  test('the rate is held, on the clock', async () => {
    using folder = makeFolder()
    const clock = fakeClock()
    let isDone = false
    const options = { rateBytesPerSecond: 100_000 }
    const saving = download(
      serving(() => ({ bytes })),
      folder.at('file'),
      options,
      clock,
    ).then(() => (isDone = true))
    // The first eighth of a second is free.
    await until(() => clock.pending > 0)
    while (!isDone && clock.now() < 10_000) {
      if (clock.pending > 0) await clock.advance(50)
      await until(() => isDone || clock.pending > 0)
    }
    await saving
    expect(clock.now()).toBeGreaterThanOrEqual(2_850)
    expect(clock.now()).toBeLessThanOrEqual(3_050)
    expect(readFileSync(folder.at('file')).equals(bytes)).toBe(true)
  })
})

/** The file system takes turns of the event loop, and no time on the clock. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => void setImmediate(resolve))
}

describe('options', () => {
  /** As callers without types call it. */
  const untyped: (...given: unknown[]) => Promise<unknown> = (...given) => Reflect.apply(download, undefined, given)
  const wrong: [unknown, string][] = [
    [{ resume: 'yes' }, 'saveTo.resume'],
    [{ durable: 1 }, 'saveTo.durable'],
    [{ parallel: 0 }, 'saveTo.parallel'],
    [{ parallel: 1.5 }, 'saveTo.parallel'],
    [{ parallel: 65 }, 'saveTo.parallel'],
    [{ onProgress: {} }, 'saveTo.onProgress'],
    [{ rateBytesPerSecond: 0 }, 'saveTo.rateBytesPerSecond'],
    [{ digest: 'abc' }, 'saveTo.digest'],
    [{ digest: { algorithm: 'sha-256' } }, 'saveTo.digest'],
    [{ digest: { algorithm: 'sha-257', value: 'aa' } }, 'saveTo.digest.algorithm'],
    [{ digest: { algorithm: 'sha-256', value: 'aa' } }, 'saveTo.digest.value'],
    [{ digest: { algorithm: 'sha-256', value: 'z'.repeat(64) } }, 'saveTo.digest.value'],
    [{ digest: { algorithm: 'sha-256', value: `${'A'.repeat(42)} =` } }, 'saveTo.digest.value'],
    [{ resumed: true }, 'saveTo.resumed'],
    [null, 'saveTo'],
    [new Map(), 'saveTo'],
  ]
  test.each(wrong)('%j is refused before anything is sent', async (options, option) => {
    using folder = makeFolder()
    const source = scripted(() => ({ body: 'x' }))
    const failing = untyped(source, folder.at('file'), options, systemClock)
    await expect(failing).rejects.toMatchObject({ name: 'ConfigError', option })
    expect([source.requests, folder.names()]).toEqual([[], []])
  })

  test.each([['', undefined, 5, 'a\0b', new URL('http://server/file')]])('paths', async (...paths) => {
    for (const path of paths) {
      const failing = untyped(
        scripted(() => ({ body: 'x' })),
        path,
        {},
        systemClock,
      )
      await expect(failing).rejects.toMatchObject({ name: 'ConfigError', option: 'path' })
    }
  })

  test('a polluted prototype changes nothing', async () => {
    using folder = makeFolder()
    const pollution = {
      resume: true,
      parallel: 5,
      digest: 'x',
      rateBytesPerSecond: 1,
      codings: ['gzip'],
      onEncoded: 1,
    }
    Object.assign(Object.prototype, pollution)
    try {
      const source = serving(() => ({ bytes, etag: '"a"' }))
      await download(source, folder.at('file'), {}, systemClock)
      expect(source.requests.map((request) => Object.keys(request))).toEqual([[]])
      await download(source, folder.at('file'), { resume: true }, systemClock)
    } finally {
      for (const name of Object.keys(pollution)) Reflect.deleteProperty(Object.prototype, name)
    }
    expect(readFileSync(folder.at('file')).equals(bytes)).toBe(true)
    expect(existsSync(folder.at('file.part'))).toBe(false)
  })
})
