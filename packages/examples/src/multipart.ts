// A form with a file goes out; a report, a message inside of a message, comes back. Both are streams.
import { Readable } from 'node:stream'
import { createPipeline } from '@halyard/core'
import { jsonPart, multipart, MultipartForm, parseParts, readParts, type Part } from '@halyard/multipart'
import { httpServer } from '@halyard/testing'
import { transport } from '@halyard/transport'

async function bytesIn(part: Part): Promise<number> {
  let bytes = 0
  for await (const chunk of part.stream()) bytes += chunk.byteLength
  return bytes
}

const server = await httpServer(async (request, response) => {
  const received: string[] = []
  for await (const part of parseParts(request, request.headers['content-type'])) {
    received.push(`${part.name}: ${part.filename === undefined ? await part.text() : `${await bytesIn(part)} bytes`}`)
  }
  const details = multipart([jsonPart({ fields: received.length }), { body: received.join('\n') }], {
    subtype: 'mixed',
  })
  const report = multipart([{ body: 'The form has arrived.' }, { body: details }], { subtype: 'mixed' })
  response.setHeader('content-type', report.contentType)
  Readable.from(report.open()).pipe(response)
})

async function* photo(): AsyncGenerator<Uint8Array> {
  for (let chunk = 0; chunk < 100; chunk += 1) yield await Promise.resolve(new Uint8Array(10_000))
}

const form = new MultipartForm()
  .append('title', 'Cats')
  .append('tags', ['cute', 'grey'])
  .append('photo', photo, { filename: 'cat.jpg', mediaType: 'image/jpeg' })
const body = multipart(form)
console.log(`length ${body.length ?? 'not known'}, can be sent again: ${body.replayable}`)

const api = createPipeline({ transport: transport(), baseUrl: server.origin })
for await (const part of readParts(await api.request('POST', '/albums', { body }))) {
  if (part.mediaType?.type !== 'multipart') console.log(await part.text())
  else for await (const inner of part.parts()) console.log(`${inner.mediaType?.essence}: ${await inner.text()}`)
}

await api.close()
await server.close()
