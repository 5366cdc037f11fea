import { BodyError } from '@halyard/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatOf, jsonLines, type JsonLinesOptions } from '../../src/ndjson/index.ts'
import { allSplits, collect, inPieces, SilentSource, splitAt, streamOf, turn, utf8 } from '../events/kit/chunks.ts'

function read(chunks: readonly Uint8Array[], options?: JsonLinesOptions): Promise<unknown[]> {
  return collect(jsonLines(streamOf(...chunks), options))
}

/** Values, or the words of the error. */
function outcome(chunks: readonly Uint8Array[], options?: JsonLinesOptions): Promise<unknown> {
  return read(chunks, options).catch((error: unknown) => (error instanceof BodyError ? error.message : error))
}

describe('lines', () => {
  test.each([
    ['nothing', '', []],
    ['one', '{"a":1}\n', [{ a: 1 }]],
    ['the last one without its end', '1\n2', [1, 2]],
    ['CRLF', '1\r\n"é😀"\r\n', [1, 'é😀']],
    ['blank lines', '\n\r\n1\n \t\n\n2\n\n', [1, 2]],
    ['blanks around', ' 1 \n\t2\t\r\n', [1, 2]],
    ['a byte order mark', '\uFEFF1\n2\n', [1, 2]],
    ['values of all kinds', 'null\ntrue\n"\\n"\n[]\n-0.5\n', [null, true, '\n', [], -0.5]],
    ['only blanks', ' \n\r\n', []],
  ])('%s', async (_name, stream, values) => {
    for (const chunks of allSplits(utf8(stream))) expect(await read(chunks)).toEqual(values)
  })

  test.each([
    ['1\n{"a":\n', 'line 2 is not JSON'],
    ['1\n\n\nS3cret\n', 'line 4 is not JSON'],
    ['1\n2 3', 'line 2 is not JSON'],
    ['{"a":1}\r\n{"a":', 'line 2 is not JSON'],
    ['1\n\uFEFF2\n', 'line 2 is not JSON'],
    ['1\r2\n', 'line 1 is not JSON'],
  ])('%j: %s', async (stream, message) => {
    for (const chunks of allSplits(utf8(stream))) {
      expect(await outcome(chunks)).toBe(message)
      expect(await outcome(chunks, { target: 'GET http://x/' })).toBe(`GET http://x/: ${message}`)
    }
  })

  test('what is no UTF-8 is refused', async () => {
    for (const bytes of [
      [0x22, 0xff, 0x22],
      [0x22, 0xc3, 0x22],
      [0x22, 0xed, 0xa0, 0x80, 0x22],
    ]) {
      for (const chunks of allSplits(Uint8Array.from([0x31, 0x0a, ...bytes]))) {
        expect(await outcome(chunks)).toBe('line 2 is not UTF-8')
      }
    }
  })

  test('values before a bad line are given, and errors hold nothing of the line', async () => {
    const values: unknown[] = []
    const reading = (async () => {
      for await (const value of jsonLines(streamOf(utf8('1\n2\nS3cret\n')))) values.push(value)
    })()
    const error: unknown = await reading.catch((failure: unknown) => failure)
    expect(values).toEqual([1, 2])
    expect(error).toMatchObject({ name: 'BodyError', code: 'decode', sent: 'yes' })
    // The engine's own error quotes the text.
    expect(error).not.toHaveProperty('cause')
    expect(String(error) + JSON.stringify(error)).not.toContain('S3cret')
  })

  test('what JSON.stringify writes comes back, in any pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.jsonValue(), { maxLength: 8 }),
        fc.constantFrom('\n', '\r\n', '\n\n', ' \n'),
        fc.array(fc.nat({ max: 1000 }), { maxLength: 8 }),
        async (values, lineEnd, places) => {
          const texts = values.map((value) => JSON.stringify(value))
          const stream = utf8(texts.join(lineEnd))
          const expected = texts.map((text): unknown => JSON.parse(text))
          expect(await read(splitAt(stream, places))).toEqual(expected)
        },
      ),
      { numRuns: 500 },
    )
  })

  test('any bytes give values or an error of ours, the same in any pieces', async () => {
    const piece = fc.oneof(
      fc.constantFrom('1', '"', '{', '}', '\n', '\r', ' ', '\x1e', '\uFEFF').map(utf8),
      fc.uint8Array({ maxLength: 2 }),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 20 }),
        fc.constantFrom('lines', 'sequence'),
        async (pieces, format) => {
          const bytes = Uint8Array.from(Buffer.concat(format === 'lines' ? pieces : [utf8('\x1e'), ...pieces]))
          const options = { format, maxLineBytes: 8 } as const
          const whole = await outcome([bytes], options)
          expect(Array.isArray(whole) || typeof whole === 'string').toBe(true)
          expect(await outcome(inPieces(bytes, 1), options)).toEqual(whole)
        },
      ),
      { numRuns: 5000 },
    )
  })
})

describe('sequences', () => {
  const sequence = (stream: string): Promise<unknown[]>[] =>
    [...allSplits(utf8(stream))].map((chunks) => read(chunks, { format: 'sequence' }))

  test.each([
    ['nothing', '', []],
    ['elements', '\x1e1\n\x1e{"a":2}\n', [1, { a: 2 }]],
    ['line ends inside of an element', '\x1e{\n"a":\r\n[1,\n2]\n}\n\x1e"\\n\\""\n', [{ a: [1, 2] }, '\n"']],
    ['brackets and quotes inside of strings', '\x1e["]\\\\","[{\\""]\n\x1e"\\\\"\n', [[']\\', '[{"'], '\\']],
    ['several separators', '\x1e\x1e1\n\x1e\x1e\x1e2\n', [1, 2]],
    ['blanks between', '\x1e 1 \r\n \n\x1e\n2\n\n', [1, 2]],
    ['what ends itself, without a line end', '\x1e{"a":1}\x1e[2]\x1e"3"', [{ a: 1 }, [2], '3']],
    ['a byte order mark', '\uFEFF\x1e1\n', [1]],
  ])('%s', async (_name, stream, values) => {
    for (const result of sequence(stream)) expect(await result).toEqual(values)
  })

  test.each([
    ['\x1e{"a":1\x1e2\n', 'element 1 of the sequence is cut short'],
    ['\x1e1\n\x1e{"a":1', 'element 2 of the sequence is cut short'],
    ['\x1e1\n\x1e"a', 'element 2 of the sequence is cut short'],
    ['\x1e1\n\x1e12', 'element 2 of the sequence is cut short'],
    ['\x1e12\x1e3\n', 'element 1 of the sequence is cut short'],
    ['\x1etrue', 'element 1 of the sequence is cut short'],
    ['\x1e1\n\x1e', 'element 2 of the sequence is cut short'],
    ['\x1e\n\x1e1\n', 'element 1 of the sequence is cut short'],
    ['\x1e1\n2\n', 'element 1 of the sequence is followed by something that is none'],
    ['\x1e1\n\x1e[}\n', 'element 2 of the sequence is not JSON'],
    ['1\n', 'element 1 of the sequence does not begin with a record separator'],
    ['{"a":1}\n', 'element 1 of the sequence does not begin with a record separator'],
    [' \x1e1\n', 'element 1 of the sequence does not begin with a record separator'],
  ])('%j: %s', async (stream, message) => {
    for (const chunks of allSplits(utf8(stream))) {
      expect(await outcome(chunks, { format: 'sequence' })).toBe(message)
    }
  })

  test('a byte order mark that is cut short is none', async () => {
    for (const bytes of [[0xef], [0xef, 0xbb], [0xef, 0xbb, 0x1e, 0x31, 0x0a]]) {
      expect(await outcome([Uint8Array.from(bytes)], { format: 'sequence' })).toContain('does not begin')
    }
  })

  test('an element is there with its line end, before the next one begins', async () => {
    const source = new SilentSource(utf8('\x1e{"a":\n1}\n'))
    const values = jsonLines(source, { format: 'sequence' })[Symbol.asyncIterator]()
    expect(await values.next()).toEqual({ done: false, value: { a: 1 } })
    await values.return?.()
  })

  test('a sequence that is cut anywhere gives whole elements, and an error where one is not whole', async () => {
    const stream = '\x1e{"a":"e"}\n\x1e12\n\x1e[3]\n'
    for (let end = 0; end < stream.length; end += 1) {
      const text = stream.slice(0, end)
      const isWhole = text === '' || /[}\]\n]$/.test(text)
      expect([text, Array.isArray(await outcome([utf8(text)], { format: 'sequence' }))]).toEqual([text, isWhole])
    }
  })

  test('what is written comes back, in any pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.jsonValue(), { maxLength: 8 }),
        fc.constantFrom(0, 2),
        fc.array(fc.nat({ max: 1000 }), { maxLength: 8 }),
        async (values, indent, places) => {
          const texts = values.map((value) => JSON.stringify(value, undefined, indent))
          const stream = utf8(texts.map((text) => `\x1e${text}\n`).join(''))
          const expected = texts.map((text): unknown => JSON.parse(text))
          expect(await read(splitAt(stream, places), { format: 'sequence' })).toEqual(expected)
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('maxLineBytes', () => {
  test.each([
    ['lines', '"67890"\n', 7],
    ['lines', '"67890"\r\n', 7],
    ['lines', '"67890"', 7],
    ['lines', '\uFEFF"67890"\n', 7],
    ['sequence', '\x1e"67890"\n', 7],
    ['sequence', '\x1e"67890"', 7],
    ['sequence', '\x1e"67890"\x1e1\n', 7],
  ] as const)('%s: %j has a largest one of %i', async (format, stream, size) => {
    for (const chunks of allSplits(utf8(stream))) {
      expect(await outcome(chunks, { format, maxLineBytes: size })).toBeInstanceOf(Array)
      expect(await outcome(chunks, { format, maxLineBytes: size - 1 })).toContain(
        'is larger than maxLineBytes, 6 bytes',
      )
    }
  })

  test.each([
    ['lines', 'x'],
    ['lines', ' '],
    ['sequence', 'x'],
    ['sequence', '"\n'],
  ] as const)('%s: what never ends stops there', async (format, piece) => {
    let bytes = 0
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(utf8(format === 'lines' ? '1\n' : '\x1e1\n\x1e['))
      const chunk = utf8(piece.repeat(65_536))
      while (bytes < 10_000_000) {
        bytes += chunk.byteLength
        yield chunk
      }
      throw new Error('nothing stopped it')
    }
    const values = jsonLines(endless(), { format })[Symbol.asyncIterator]()
    await values.next()
    await expect(values.next()).rejects.toMatchObject({
      code: 'too-large',
      message: expect.stringContaining('1048576'),
    })
    expect(bytes).toBeLessThan(1_400_000)
  })
})

describe('parse', () => {
  test('is given the bytes and the number of the line', async () => {
    const seen: [string, number][] = []
    const parse = (bytes: Uint8Array, line: number): number => {
      seen.push([Buffer.from(bytes).toString(), line])
      return line
    }
    const stream = utf8('\uFEFFa\r\n\nb\nc')
    expect(await collect(jsonLines(streamOf(stream), { parse }))).toEqual([1, 3, 4])
    expect(seen).toEqual([
      ['a', 1],
      ['b', 3],
      ['c', 4],
    ])
  })

  test('may take its time, and keep the bytes', async () => {
    const parse = async (bytes: Uint8Array): Promise<Uint8Array> => {
      await turn()
      return bytes
    }
    for (const chunks of allSplits(utf8('one\ntwo\nthree'))) {
      const kept = await collect(jsonLines(streamOf(...chunks), { parse }))
      expect(kept.map((bytes) => Buffer.from(bytes).toString())).toEqual(['one', 'two', 'three'])
    }
  })

  test('what it throws comes with the number of the line; an error of ours as it is', async () => {
    const failure = new Error('no')
    const ours = new BodyError('ours', { code: 'decode', sent: 'yes', target: '' })
    for (const isLate of [false, true]) {
      for (const thrown of [failure, ours]) {
        const parse = (): unknown => {
          if (isLate) return Promise.reject(thrown)
          throw thrown
        }
        const error: unknown = await collect(jsonLines(streamOf(utf8('\n1\n')), { parse })).catch((e: unknown) => e)
        if (thrown === ours) expect(error).toBe(ours)
        else expect(error).toMatchObject({ code: 'decode', message: 'line 2 cannot be read', cause: failure })
      }
    }
  })

  test('leaving while it takes its time stops the source', async () => {
    const source = new SilentSource(utf8('1\n'))
    const parse = (): Promise<unknown> => new Promise(() => undefined)
    const values = jsonLines(source, { parse })[Symbol.asyncIterator]()
    const waiting = values.next()
    await turn()
    await values.return?.()
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(source.left).toBe(1)
  })
})

describe('leaving', () => {
  test('stops the source: at once, by break, before the start, after an error', async () => {
    const silent = new SilentSource(utf8('1\n2\n'))
    const values = jsonLines(silent)[Symbol.asyncIterator]()
    expect([await values.next(), await values.next()]).toMatchObject([{ value: 1 }, { value: 2 }])
    const waiting = values.next()
    await turn()
    await values.return?.()
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(silent.left).toBe(1)

    const broken = new SilentSource(utf8('1\n2\n'))
    for await (const value of jsonLines(broken)) {
      expect(value).toBe(1)
      break
    }
    expect(broken.left).toBe(1)

    const unstarted = new SilentSource()
    await jsonLines(unstarted)[Symbol.asyncIterator]().return?.()
    expect([unstarted.left, unstarted.asked]).toEqual([1, 0])

    const bad = new SilentSource(utf8('x\n'))
    await expect(collect(jsonLines(bad))).rejects.toMatchObject({ code: 'decode' })
    expect(bad.left).toBe(1)
  })

  test('an error of the source comes as it is: half a line is none', async () => {
    const failure = new Error('reset')
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield* streamOf(utf8('1\n2'))
      throw failure
    }
    const values = jsonLines(failing())[Symbol.asyncIterator]()
    expect(await values.next()).toEqual({ done: false, value: 1 })
    await expect(values.next()).rejects.toBe(failure)
  })
})

test('wrong options are refused at once', () => {
  const start = (options: object): unknown => jsonLines(streamOf(), options)
  expect(() => start({ maxLineByte: 1 })).toThrow("did you mean 'maxLineBytes'?")
  expect(() => start({ maxLineBytes: 0 })).toThrow('an integer')
  expect(() => start({ format: 'json' })).toThrow("'lines' or 'sequence'")
  expect(() => start({ parse: 1 })).toThrow('a function')
  expect(() => start(Object.create({ parse: 1 }))).not.toThrow()
})

test.each([
  ['application/json-seq', 'sequence'],
  ['Application/JSON-Seq; a=b', 'sequence'],
  ['application/geo+json-seq', 'sequence'],
  ['application/x-ndjson', 'lines'],
  ['application/jsonl', 'lines'],
  ['application/json', 'lines'],
  ['nonsense', 'lines'],
  [undefined, 'lines'],
])('the format of %s is %s', (contentType, format) => {
  expect(formatOf(contentType)).toBe(format)
})
