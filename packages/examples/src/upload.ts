// Sending a file, a stream, and a stream that can be sent again.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createClient, file } from '@halyard/client'
import { httpServer } from '@halyard/testing'

const server = await httpServer(async (request, response) => {
  let size = 0
  for await (const chunk of request) size += Buffer.byteLength(chunk)
  const length = request.headers['content-length'] ?? 'not said'
  response.end(`${size} bytes of ${request.headers['content-type']}, length ${length}`)
})
const api = createClient(server.origin)

async function* rows(): AsyncGenerator<string> {
  for (let id = 1; id <= 1_000; id += 1) {
    await Promise.resolve()
    yield `${id},row ${id}\n`
  }
}

const folder = await mkdtemp(path.join(tmpdir(), 'halyard-upload-'))
const report = path.join(folder, 'report.csv')
await writeFile(report, 'id,name\n'.repeat(50_000))

console.log('file:   ', await api.put('/report', file(report, { mediaType: 'text/csv' })).text())
console.log('stream: ', await api.post('/rows', rows(), { mediaType: 'text/csv' }).text())
// A function is called for each attempt: this body can be sent again.
console.log('factory:', await api.post('/rows', rows, { mediaType: 'text/csv' }).text())

const form = new FormData()
form.set('title', 'Report')
form.set('file', new File(['id,name\n'], 'report.csv', { type: 'text/csv' }))
console.log('form:   ', (await api.post('/form', form).text()).replace(/boundary=[^,]*/, 'boundary=…'))

await api.close()
await server.close()
await rm(folder, { recursive: true })
