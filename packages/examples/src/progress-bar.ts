// A file goes out and comes back, each with a progress bar; the download is cut on its way, and goes on where it was.
import { randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createClient, file, isHttpError, type TransferProgress } from '@halyard/client'
import { httpServer } from '@halyard/testing'
import { SingleBar } from 'cli-progress'

const folder = await mkdtemp(path.join(tmpdir(), 'halyard-progress-'))
const stored = path.join(folder, 'stored.bin')
let cutAt: number | undefined

const server = await httpServer(async (request, response) => {
  if (request.method === 'PUT') {
    await pipeline(request, createWriteStream(stored))
    response.end()
    return
  }
  const { size } = await stat(stored)
  const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)
  response.writeHead(start === 0 ? 200 : 206, {
    'content-length': size - start,
    'content-range': `bytes ${start}-${size - 1}/${size}`,
    etag: '"v1"',
  })
  const end = cutAt === undefined ? size : start + cutAt
  const source = createReadStream(stored, { start, end: end - 1 })
  if (cutAt === undefined) source.pipe(response)
  else source.on('end', () => response.destroy()).pipe(response, { end: false })
})

/** Draws on a terminal, and nowhere else. */
async function withBar<Result>(
  label: string,
  run: (onProgress: (progress: TransferProgress) => void) => Promise<Result>,
) {
  const bar = new SingleBar({ format: `${label} {bar} {percentage}% {rate} MB/s`, hideCursor: true })
  bar.start(1, 0, { rate: '-' })
  try {
    return await run(({ ratio = 0, bytesPerSecond }) => bar.update(ratio, { rate: (bytesPerSecond / 1e6).toFixed(0) }))
  } finally {
    bar.stop()
  }
}

const api = createClient(server.origin)
const original = path.join(folder, 'original.bin')
await writeFile(original, randomBytes(20_000_000))
let told = 0
const { status } = await withBar('up  ', (draw) =>
  api.put('/disk.iso', file(original), {
    onUploadProgress: (progress) => {
      told = progress.transferredBytes
      draw(progress)
    },
  }),
)
console.log(`uploaded: ${status}, ${told} bytes`)

const target = path.join(folder, 'copy.bin')
const download = () =>
  withBar('down', (onProgress) => api.get('/disk.iso').saveTo(target, { resume: true, onProgress }))
cutAt = 8_000_000
await download().catch((error: unknown) => console.log(`cut: ${isHttpError(error) ? error.code : String(error)}`))
cutAt = undefined
const saved = await download()
console.log(`saved: ${saved.bytes} bytes, resumed: ${saved.resumed}`)
console.log(`the same: ${(await readFile(original)).equals(await readFile(target))}`)

await api.close()
await server.close()
await rm(folder, { recursive: true })
