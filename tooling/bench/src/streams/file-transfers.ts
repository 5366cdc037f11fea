import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { saveBare } from './save-bare.ts'
import type { MakeTransfer } from './transfer.ts'

/** The file of so many bytes that is sent. */
export function fileOf(folder: string, bytes: number): string {
  return path.join(folder, `sent-${bytes}`)
}

/** A file that is downloaded; it is gone afterwards, so that each is written anew. */
async function downloaded(folder: string, bytes: number, save: (to: string) => Promise<number>): Promise<void> {
  const to = path.join(folder, 'received')
  const got = await save(to)
  await rm(to)
  if (got !== bytes) throw new Error(`${got} of ${bytes} bytes`)
}

/** Reads as large as ours: with Node's 64 KiB a stream is half as fast. */
const large = { highWaterMark: 1_048_576 }

/** Files, sent and saved: as a part of a message, and bare. */
export const fileTransfers: Readonly<Record<string, MakeTransfer>> = {
  'halyard, a part': async (origin, direction, folder) => {
    const { createClient, filePart, multipart } = await import('@halyard/client')
    const api = createClient(origin, { timeout: { totalMs: false } })
    if (direction === 'upload') {
      return async (bytes) => void (await api.post('/', multipart({ a: filePart(fileOf(folder, bytes)) })).json())
    }
    return (bytes) =>
      downloaded(folder, bytes, async (to) => {
        let saved = 0
        for await (const part of api.get(`/part/${bytes}`).parts()) saved += (await part.saveTo(to)).bytes
        return saved
      })
  },
  'halyard, bare': async (origin, direction, folder) => {
    const { createClient } = await import('@halyard/client')
    const api = createClient(origin, { timeout: { totalMs: false } })
    return direction === 'upload'
      ? async (bytes) => void (await api.post('/', () => createReadStream(fileOf(folder, bytes), large)).json())
      : (bytes) => downloaded(folder, bytes, (to) => saveBare(api.get(`/${bytes}`).stream(), to))
  },
  'axios + form-data': async (origin, direction, folder) => {
    const { default: axios } = await import('axios')
    const { default: FormData } = await import('form-data')
    if (direction === 'download') throw new Error('axios reads no parts')
    return async (bytes) => {
      const form = new FormData()
      form.append('a', createReadStream(fileOf(folder, bytes)), { knownLength: bytes })
      // With redirects it keeps the whole body in memory, to send it again.
      const limits = { maxRedirects: 0, maxBodyLength: Infinity }
      await axios.post(origin, form, {
        ...limits,
        headers: { ...form.getHeaders(), 'content-length': form.getLengthSync() },
      })
    }
  },
}
