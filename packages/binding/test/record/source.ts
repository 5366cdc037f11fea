import type { Source } from '../../src/record/index.ts'

export const source: Source = { target: 'GET https://h.test/users', status: 200, mediaType: 'application/json' }

export function sourceOf(mediaType: string | undefined, status = 200): Source {
  return { ...source, mediaType, status }
}

/** What a call throws, or a promise rejects with. */
export async function thrownBy(call: () => unknown): Promise<unknown> {
  try {
    await call()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
