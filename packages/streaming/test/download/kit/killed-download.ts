import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { SaveOptions } from '../../../src/download/index.ts'
import type { FileServer } from './file-server.ts'

const child = fileURLToPath(new URL('child.ts', import.meta.url))

/**
 * Downloads in a process of its own, which is killed when the server has sent so many bytes more; with none given, it is
 * let run. With `whenPartHas`, what was sent is waited for to be written, so far. Whether it ended by itself.
 */
export async function downloadInChild(
  server: FileServer,
  path: string,
  options: SaveOptions,
  killAfterBytes?: number,
  whenPartHas = 0,
): Promise<{ readonly isDone: boolean; readonly said: string }> {
  const flags = ['-C', '@halyard/source', '--no-warnings']
  const running = spawn(process.execPath, [...flags, child, server.url, path, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  running.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  running.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  if (killAfterBytes !== undefined) {
    server.stopAt = {
      bytes: server.sentBytes + killAfterBytes,
      run: (response) => {
        void until(() => running.exitCode !== null || sizeOf(`${path}.part`) >= whenPartHas).then(() => {
          running.kill('SIGKILL')
          response.destroy()
        })
      },
    }
  }
  const [code] = await once(running, 'close')
  server.stopAt = undefined
  return { isDone: code === 0, said }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => void setImmediate(resolve))
}
