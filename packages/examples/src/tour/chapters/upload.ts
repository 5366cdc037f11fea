import type { Chapter } from '../chapter.ts'
import { progressBar } from '../progress-bar.ts'

const size = 24 * 2 ** 20
const chunk = new Uint8Array(65_536)

function* content(): Generator<Uint8Array> {
  for (let sent = 0; sent < size; sent += chunk.byteLength) yield chunk
}

async function* source(): AsyncGenerator<Uint8Array> {
  for (const piece of content()) yield await Promise.resolve(piece)
}

export const upload: Chapter = {
  title: 'An upload with a progress bar',
  code: "await api.put('/disk.iso', () => source(), { headers: { 'content-length': size }, onUploadProgress: bar.follow })\n// Counted as the socket takes it. A function makes the stream anew for each attempt.",
  routes: {
    '/disk.iso': async (request, response) => {
      let received = 0
      for await (const piece of request) received += Buffer.byteLength(piece)
      response.end(String(received))
    },
  },
  async run({ api }) {
    const bar = progressBar('upload')
    let told = 0
    let events = 0
    const received = await api
      .put('/disk.iso', source, {
        headers: { 'content-length': size },
        onUploadProgress: (progress) => {
          told = progress.transferredBytes
          events += 1
          bar.follow(progress)
        },
      })
      .text()
    bar.stop()
    return `the server counted ${received} bytes, the progress ${told}, in ${events} steps`
  },
}
