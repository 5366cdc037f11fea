import fc from 'fast-check'
import { DecodeError } from '../../src/text/index.ts'
import type { Source } from '../../src/text/index.ts'

/** The facts of a response of a content type. */
export function sourceOf(mediaType: string | undefined): Source {
  return { target: 'GET http://a.test/path', status: 200, mediaType }
}

const encoder = new TextEncoder()

export function utf8(text: string): Uint8Array {
  return encoder.encode(text)
}

/** The error that a decoder throws; it must be ours. */
export function decodeErrorOf(run: () => unknown): DecodeError {
  try {
    run()
  } catch (error) {
    if (error instanceof DecodeError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

/** What a decoder makes of its input: a value, or one of our errors. Anything else that is thrown fails the test. */
export function outcomeOf(run: () => unknown): { readonly value: unknown } | { readonly error: DecodeError } {
  try {
    return { value: run() }
  } catch (error) {
    if (error instanceof DecodeError) return { error }
    throw error
  }
}

/** The characters of a text, each a choice. */
export function anyOf(characters: string): fc.Arbitrary<string> {
  return fc.constantFrom(...Array.from(characters))
}

/** Fails a test that left something on every object. */
export function checkUnpolluted(): void {
  const found = [...Object.keys(Object.prototype), ...('polluted' in {} ? ['polluted'] : [])]
  if (found.length > 0) throw new Error(`Object.prototype has ${found.join(', ')}`)
}
