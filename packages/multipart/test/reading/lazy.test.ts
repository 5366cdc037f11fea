import { headerList, MemoryBody, respond } from '@halyard/core'
import { describe, expect, test } from 'vitest'
import { parseParts, readAllParts, readParts } from '../../src/index.ts'
import { fromBytes, message, readAll, type, utf8 } from '../kit/messages.ts'

/** A source that counts what is asked of it. */
class Watched implements AsyncIterable<Uint8Array> {
  asked = 0
  left = 0
  readonly #chunks: readonly Uint8Array[]

  constructor(...texts: string[]) {
    this.#chunks = texts.map(message)
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return {
      next: () => {
        const value = this.#chunks[this.asked]
        this.asked += 1
        return Promise.resolve(value === undefined ? { done: true, value: undefined } : { done: false, value })
      },
      return: () => {
        this.left += 1
        return Promise.resolve({ done: true, value: undefined })
      },
    }
  }
}

const chunks = ['--b\n\n', 'one', ' and', ' more', '\n--b\n\n', 'two', '\n--b--', '\n']

test('nothing is read before it is asked for', async () => {
  const source = new Watched(...chunks)
  const parts = parseParts(source, type)
  expect(source.asked).toBe(0)
  const first = await parts.next()
  expect(source.asked).toBe(1)
  const stream = first.value?.stream()[Symbol.asyncIterator]()
  await stream?.next()
  expect(source.asked).toBe(2)
  await new Promise((resolve) => setImmediate(resolve))
  expect(source.asked).toBe(2)
})

test('taking the next part skips what is left of the last one, which cannot be read any more', async () => {
  const parts = parseParts(new Watched(...chunks), type)
  const first = await parts.next()
  const stream = first.value?.stream()[Symbol.asyncIterator]()
  expect(fromBytes((await stream?.next())?.value ?? new Uint8Array())).toBe('one')
  const second = await parts.next()
  await expect(stream?.next()).rejects.toThrow('gone on to its next part')
  expect(await second.value?.text()).toBe('two')
  expect((await parts.next()).done).toBe(true)
  const again = parseParts(new Watched(...chunks), type)
  const unread = await again.next()
  await again.next()
  await expect(unread.value?.bytes()).rejects.toThrow('gone on to its next part')
})

test('a part is read once', async () => {
  const { value } = await parseParts(new Watched(...chunks), type).next()
  expect(await value?.text()).toBe('one and more')
  await expect(value?.text()).rejects.toMatchObject({ code: 'decode' })
  expect(() => value?.stream()).toThrow('read or discarded already')
})

test('a reading that was begun ends before the next part is taken', async () => {
  const parts = parseParts(new Watched(...chunks), type)
  const texts: Promise<string>[] = []
  for await (const part of parts) texts.push(part.text())
  expect(await Promise.all(texts)).toEqual(['one and more', 'two'])
})

test('several next() at once are answered in order', async () => {
  const parts = parseParts(new Watched(...chunks), type)
  const [first, second, third] = await Promise.all([parts.next(), parts.next(), parts.next()])
  expect([first?.done, second?.done, third?.done]).toEqual([false, false, true])
})

test('discard skips a part, and leaving a stream early leaves the part only', async () => {
  const source = new Watched(...chunks)
  const seen: string[] = []
  for await (const part of parseParts(source, type)) {
    if (seen.length === 0) {
      for await (const chunk of part.stream()) {
        seen.push(fromBytes(chunk))
        break
      }
    } else {
      await part.discard()
      await part.discard()
      await expect(part.bytes()).rejects.toThrow('discarded')
      seen.push('discarded')
    }
  }
  expect(seen).toEqual(['one', 'discarded'])
  expect(source.left).toBe(0)
})

describe('leaving the loop', () => {
  test('stops the source', async () => {
    const source = new Watched(...chunks)
    for await (const part of parseParts(source, type)) {
      await part.discard()
      break
    }
    expect(source.left).toBe(1)
  })

  test('even one that gives nothing more', async () => {
    let left = false
    let release: (() => void) | undefined
    const silent: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({
        next: () =>
          new Promise((resolve) => {
            release = () => resolve({ done: true, value: undefined })
          }),
        return: () => {
          left = true
          release?.()
          return Promise.resolve({ done: true, value: undefined })
        },
      }),
    }
    const parts = parseParts(silent, type)
    const waiting = parts.next()
    await new Promise((resolve) => setImmediate(resolve))
    await parts.return?.()
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(left).toBe(true)
    expect(await parts.next()).toEqual({ done: true, value: undefined })
  })

  test('a part of a message that was left cannot be read', async () => {
    const parts = parseParts(new Watched(...chunks), type)
    const { value } = await parts.next()
    await parts.return?.()
    await expect(value?.bytes()).rejects.toMatchObject({ code: 'decode' })
    await value?.discard()
  })

  test('a loop over a message inside leaves that one only', async () => {
    const source = new Watched(
      '--b\nContent-Type: multipart/x; boundary=c\n\n--c\n\n1\n--c\n\n2\n',
      '--c--\n--b\n\nafter\n--b--',
    )
    const seen: string[] = []
    for await (const part of parseParts(source, type)) {
      if (part.mediaType === undefined) seen.push(await part.text())
      else {
        for await (const inner of part.parts()) {
          seen.push(await inner.text())
          break
        }
      }
    }
    expect(seen).toEqual(['1', 'after'])
    expect(source.left).toBe(0)
  })
})

test('an error of the source is thrown as it is, by whoever reads, and again', async () => {
  const failure = new Error('reset')
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(message('--b\n\nx'))
    throw failure
  }
  const parts = parseParts(failing(), type)
  const { value } = await parts.next()
  await expect(value?.bytes()).rejects.toBe(failure)
  await expect(parts.next()).rejects.toBe(failure)
})

describe('a response', () => {
  const answer = (text: string, contentType = type): ReturnType<typeof respond> =>
    respond({ headers: { 'content-type': contentType }, body: message(text), url: 'https://api.test/x?secret=1' })

  test('is read', async () => {
    expect(await readAll(readParts(answer('--b\nA: 1\n\nx\n--b--')))).toEqual([{ headers: [['A', '1']], content: 'x' }])
    const parts = await readAllParts(answer('--b\n\nx\n--b--'))
    expect([await parts[0]?.text(), await parts[0]?.text()]).toEqual(['x', 'x'])
  })

  test('names itself in errors, without its query', async () => {
    await expect(readAll(readParts(answer('--b')))).rejects.toMatchObject({
      message: 'https://api.test/x: the multipart message is cut short: its last delimiter is missing',
      sent: 'yes',
      target: 'https://api.test/x',
    })
  })

  test('of another type is let go of', async () => {
    const response = answer('', 'text/plain')
    let settled = false
    response.body.onSettled(() => {
      settled = true
    })
    const parts = readParts(response)
    await expect(parts.next()).rejects.toThrow('not multipart')
    expect(settled).toBe(true)
    await expect(parts.next()).rejects.toThrow('not multipart')
  })

  test('that is never read can be let go of', async () => {
    const body = new MemoryBody(utf8('x'))
    const parts = readParts({ headers: headerList({ 'content-type': type }), body })
    await parts.return?.()
    expect(await parts.next()).toEqual({ done: true, value: undefined })
    await expect(body.bytes()).rejects.toThrow('discarded')
  })
})
