import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { MakeTransfer } from './transfer.ts'

/** Saves so many bytes to a file that is gone afterwards, so that each is written anew. */
export function saving(
  folder: string,
  save: (bytes: number, to: string) => Promise<unknown>,
): (bytes: number) => Promise<void> {
  return async (bytes) => {
    const to = path.join(folder, 'saved')
    await save(bytes, to)
    const { size } = await stat(to)
    await rm(to)
    if (size !== bytes) throw new Error(`${size} of ${bytes} bytes`)
  }
}

/** A body into a file: ours, and what others would do. */
export const saveTransfers: Readonly<Record<string, MakeTransfer>> = {
  'halyard, saveTo': async (origin, _direction, folder) => {
    const { createClient } = await import('@halyard/client')
    const api = createClient(origin, { timeout: { totalMs: false } })
    return saving(folder, (bytes, to) => api.get(`/${bytes}`).saveTo(to))
  },
  'halyard, resumable': async (origin, _direction, folder) => {
    const { createClient } = await import('@halyard/client')
    const api = createClient(origin, { timeout: { totalMs: false } })
    return saving(folder, (bytes, to) => api.get(`/${bytes}`).saveTo(to, { resume: true }))
  },
  'undici + pipeline': async (origin, _direction, folder) => {
    const { request } = await import('undici')
    return saving(folder, async (bytes, to) => {
      const { body } = await request(`${origin}/${bytes}`)
      await pipeline(body, createWriteStream(to))
    })
  },
  curl: (origin, _direction, folder) =>
    Promise.resolve(
      saving(folder, async (bytes, to) => {
        const child = spawn('curl', ['--silent', '--fail', '--output', to, `${origin}/${bytes}`])
        const [code] = await once(child, 'close')
        if (code !== 0) throw new Error(`curl ended with ${code}`)
      }),
    ),
}
