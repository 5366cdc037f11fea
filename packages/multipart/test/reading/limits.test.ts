import { describe, expect, test } from 'vitest'
import { multipart, parseAllParts, parseParts, type MultipartReadOptions } from '../../src/index.ts'
import { inPieces, message, outcomeOf, readAll, type, utf8, written } from '../kit/messages.ts'

const twoParts = '--b\nA: 1\nB: 2\n\n12345\n--b\n\n123\n--b--\n'

test.each<[keyof MultipartReadOptions, number, string]>([
  ['maxParts', 2, twoParts],
  ['maxPartBytes', 5, twoParts],
  ['maxTotalBytes', 45, twoParts],
  ['maxHeaderBytes', 12, twoParts],
  ['maxHeaderCount', 2, twoParts],
  ['maxOuterBytes', 3, 'pre\n--b--'],
  ['maxOuterBytes', 6, '--b--\npost'],
  ['maxNameBytes', 4, '--b\nContent-Disposition: x; name="aü1"\n\n\n--b--'],
  ['maxNameBytes', 4, '--b\nContent-Disposition: x; filename="aü1"\n\n\n--b--'],
])('%s: %i is enough, one less is not', async (limit, most, text) => {
  const bytes = message(text)
  for (const size of [1, 3, 1000]) {
    expect(await outcomeOf(inPieces(bytes, size), type, { [limit]: most })).toHaveProperty('parts')
    expect(await outcomeOf(inPieces(bytes, size), type, { [limit]: most - 1 })).toMatchObject({
      error: { code: 'too-large', limit, message: expect.stringContaining(`(${limit})`) },
    })
  }
})

test('maxDepth counts the outer message', async () => {
  const inner = multipart([{ body: 'x' }], { subtype: 'mixed' })
  const middle = multipart([{ body: inner }], { subtype: 'mixed' })
  const outer = multipart([{ body: middle }], { subtype: 'mixed' })
  const deepest = async (options: MultipartReadOptions): Promise<string | undefined> => {
    for await (const one of parseParts([await written(outer)], outer.contentType, options))
      for await (const two of one.parts()) for await (const three of two.parts()) return await three.text()
    return undefined
  }
  expect(await deepest({})).toBe('x')
  await expect(deepest({ maxDepth: 2 })).rejects.toMatchObject({ code: 'too-large', limit: 'maxDepth' })
  const fourth = multipart([{ body: outer }], { subtype: 'mixed' })
  await expect(
    (async () => {
      for await (const one of parseParts([await written(fourth)], fourth.contentType))
        for await (const two of one.parts()) for await (const three of two.parts()) await readAll(three.parts())
    })(),
  ).rejects.toMatchObject({ limit: 'maxDepth' })
})

test('maxParts counts the parts of messages inside', async () => {
  const inner = multipart([{ body: '1' }, { body: '2' }], { subtype: 'mixed' })
  const outer = multipart([{ body: inner }, { body: '3' }], { subtype: 'mixed' })
  const walk = async (maxParts: number): Promise<void> => {
    for await (const part of parseParts([await written(outer)], outer.contentType, { maxParts })) {
      if (part.mediaType?.type === 'multipart') await readAll(part.parts())
    }
  }
  await walk(4)
  await expect(walk(3)).rejects.toMatchObject({ limit: 'maxParts' })
})

describe('what never ends is stopped, in little memory', () => {
  async function* endless(start: string, chunk: string): AsyncGenerator<Uint8Array> {
    yield message(start)
    const bytes = message(chunk)
    for (;;) yield await Promise.resolve(bytes)
  }

  test.each([
    ['preamble', '', 'x'.repeat(1000), {}, 'maxOuterBytes'],
    ['preamble that looks like delimiters', '', '\n--\n--a', {}, 'maxOuterBytes'],
    ['epilogue', '--b--\n', 'x'.repeat(1000), {}, 'maxOuterBytes'],
    ['blanks behind the last delimiter', '--b--', ' '.repeat(1000), {}, 'maxOuterBytes'],
    ['header', '--b\nA: ', 'x'.repeat(1000), {}, 'maxHeaderBytes'],
    ['headers', '--b\n', 'A: 1\n', {}, 'maxHeaderBytes'],
    ['blanks behind a delimiter', '--b', ' '.repeat(1000), {}, 'maxHeaderBytes'],
    ['parts', '', '--b\n\n\n', {}, 'maxParts'],
    ['part that nobody reads', '--b\n\n', 'x'.repeat(1000), { maxPartBytes: 100_000 }, 'maxPartBytes'],
    ['message', '--b\n\n', 'x'.repeat(1000), { maxTotalBytes: 100_000 }, 'maxTotalBytes'],
  ] as const)('%s', async (_name, start, chunk, options, limit) => {
    let closed = false
    const source = endless(start, chunk)
    const watched: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({
        next: () => source.next(),
        return: (value?: unknown) => {
          closed = true
          return source.return(value)
        },
      }),
    }
    const parts = parseParts(watched, type, options)
    await expect(
      (async () => {
        for await (const _part of parts);
      })(),
    ).rejects.toMatchObject({ code: 'too-large', limit })
    expect(closed).toBe(true)
    // The same again: nothing hangs, and nothing seems to be whole.
    await expect(parts.next()).rejects.toMatchObject({ limit })
  })
})

test('a part in memory has 100 MiB at most, and so have all parts together', { timeout: 60_000 }, async () => {
  async function* large(parts: number, mebibytes: number): AsyncGenerator<Uint8Array> {
    const chunk = new Uint8Array(1_048_576)
    for (let part = 0; part < parts; part += 1) {
      yield message(`${part === 0 ? '' : '\n'}--b\n\n`)
      for (let count = 0; count < mebibytes; count += 1) yield await Promise.resolve(chunk)
    }
    yield message('\n--b--')
  }
  await expect(outcomeOf(large(1, 101))).resolves.toMatchObject({ error: { limit: 'maxPartBytes' } })
  await expect(parseAllParts(large(3, 40), type)).rejects.toMatchObject({ limit: 'maxTotalBytes' })
  let bytes = 0
  for await (const part of parseParts(large(1, 101), type)) {
    for await (const chunk of part.stream()) bytes += chunk.byteLength
  }
  expect(bytes).toBe(101 * 1_048_576)
})

test('wrong options are refused at once', () => {
  const read = (options: object): unknown => parseParts([], type, options)
  expect(() => read({ maxPart: 1 })).toThrow("did you mean 'maxParts'?")
  expect(() => read({ maxParts: -1 })).toThrow('an integer')
  expect(() => read({ maxDepth: 0 })).toThrow('at least 1')
  expect(() => read(Object.create({ maxParts: 'x' }))).not.toThrow()
})

test('messages of errors hold nothing of the message', async () => {
  for (const text of ['--b S3cret\n\n', '--b\nS3cret S3cret: x\n\n', '--b\n\nS3cret', 'S3cret']) {
    const outcome = await outcomeOf([message(text)])
    expect(JSON.stringify(outcome)).not.toContain('S3cret')
    if ('error' in outcome) expect(outcome.error.message).not.toContain('S3cret')
  }
  expect(await outcomeOf([utf8('x')], 'multipart/mixed; boundary="S3cret "')).not.toMatchObject({
    error: { message: expect.stringContaining('S3cret') },
  })
})
