import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { isHttpError } from '@halyard/client'
import type { Chapter } from '../chapter.ts'
import { progressBar } from '../progress-bar.ts'

const content = Buffer.alloc(16 * 2 ** 20, 'halyard ')
let requests = 0

export const save: Chapter = {
  title: 'A download that is cut, and goes on where it was',
  code: "await api.get('/image').saveTo(path, { resume: true, onProgress: bar.follow })\n// Under a temporary name until it is whole. Works across restarts of the process.",
  routes: {
    '/image': (request, response) => {
      const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)
      response.writeHead(start === 0 ? 200 : 206, {
        etag: '"v1"',
        'content-length': content.byteLength - start,
        'content-range': `bytes ${start}-${content.byteLength - 1}/${content.byteLength}`,
      })
      requests += 1
      if (requests > 1) response.end(content.subarray(start))
      else
        response.write(content.subarray(0, content.byteLength / 2), () => void setImmediate(() => response.destroy()))
    },
  },
  async run({ api }) {
    const folder = await mkdtemp(path.join(tmpdir(), 'halyard-tour-'))
    const target = path.join(folder, 'image')
    const bar = progressBar('download')
    const download = () => api.get('/image').saveTo(target, { resume: true, onProgress: bar.follow })
    try {
      const failure: unknown = await download().catch((error: unknown) => error)
      const left = await readdir(folder)
      const saved = await download()
      const code = isHttpError(failure) ? failure.code : 'no error'
      return `cut (${code}); left: ${left.join(', ')}\nagain: ${saved.bytes} bytes, resumed: ${saved.resumed}`
    } finally {
      bar.stop()
      await rm(folder, { recursive: true })
    }
  },
}
