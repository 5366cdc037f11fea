import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Chapter } from '../chapter.ts'

const size = 32 * 2 ** 20
const chunk = Buffer.alloc(65_536, '.')
let written = 0

export const download: Chapter = {
  title: 'A download that does not run ahead of its reader',
  code: "for await (const chunk of api.get('/big').stream()) { … }\n// Who reads slowly is sent slowly.",
  routes: {
    '/big': async (_request, response) => {
      response.setHeader('content-length', size)
      for (written = 0; written < size; written += chunk.byteLength) {
        if (!response.write(chunk)) await once(response, 'drain')
      }
      response.end()
    },
  },
  async run({ api }) {
    let received = 0
    let duringRest = ''
    for await (const part of api.get('/big').stream()) {
      if (received === 0) {
        await sleep(200)
        duringRest = `the reader rests: the server got rid of ${mebibytes(written)} of ${mebibytes(size)}, and waits`
      }
      received += part.byteLength
    }
    return `${duringRest}\nthe reader goes on: ${mebibytes(received)} received`
  },
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`
}
