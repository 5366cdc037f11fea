import { fileTransfers } from './file-transfers.ts'
import { saveTransfers } from './save-transfers.ts'
import { source, swallow, type MakeTransfer } from './transfer.ts'

export const transfers: Readonly<Record<string, MakeTransfer>> = {
  ...fileTransfers,
  ...saveTransfers,
  halyard: async (origin, direction) => {
    const { createClient } = await import('@halyard/client')
    const api = createClient(origin, { pool: { maxConnections: 16 }, timeout: { totalMs: false } })
    return direction === 'download'
      ? (bytes) => swallow(api.get(`/${bytes}`).stream(), bytes)
      : async (bytes) => void (await api.post('/', () => source(bytes)).json())
  },
  'undici.request': async (origin, direction) => {
    const { Pool, request } = await import('undici')
    const dispatcher = new Pool(origin, { connections: 16, pipelining: 1 })
    return direction === 'download'
      ? async (bytes) => swallow((await request(`${origin}/${bytes}`, { dispatcher })).body, bytes)
      : async (bytes) => {
          const { body } = await request(origin, { dispatcher, method: 'POST', body: source(bytes) })
          await body.json()
        }
  },
}
