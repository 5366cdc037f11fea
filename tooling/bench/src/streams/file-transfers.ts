import { createReadStream } from 'node:fs'
import path from 'node:path'
import { saveTransfers, saving } from './save-transfers.ts'
import type { MakeTransfer } from './transfer.ts'

/** The file of so many bytes that is sent. */
export function fileOf(folder: string, bytes: number): string {
  return path.join(folder, `sent-${bytes}`)
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
    return saving(folder, async (bytes, to) => {
      for await (const part of api.get(`/part/${bytes}`).parts()) await part.saveTo(to)
    })
  },
  'halyard, bare': async (origin, direction, folder) => {
    const saveTo = saveTransfers['halyard, saveTo']
    if (direction === 'download' && saveTo !== undefined) return await saveTo(origin, direction, folder)
    const { createClient } = await import('@halyard/client')
    const api = createClient(origin, { timeout: { totalMs: false } })
    return async (bytes) => void (await api.post('/', () => createReadStream(fileOf(folder, bytes), large)).json())
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
