import { ConfigError } from '@halyard/core'
import { durationMs, optionObject } from '@halyard/core/options'
import type { EndpointLike } from './endpoint-init.ts'
import type { EndpointSource } from './source.ts'

/** How the file is watched. */
export interface FileOptions {
  /** How often the file is looked at, milliseconds. @defaultValue 5_000 */
  readonly everyMs?: number | undefined
}

const readOptions = optionObject({ everyMs: durationMs })
const mostBytes = 1_048_576

/**
 * The endpoints that a file lists: a JSON array of URLs, or of objects with `url` and what else an endpoint may have.
 * Replace the file by renaming another to its name: a half-written one is no list, and the endpoints stay as they were.
 * At most 1 MiB. The file is looked at again and again, for not every file system tells of changes.
 * @throws ConfigError
 */
export function file(path: string | URL, options: FileOptions = {}): EndpointSource {
  if (typeof path !== 'string' && !(path instanceof URL)) {
    throw new ConfigError({ option: 'path', value: path, expected: 'a path, or a URL of one' })
  }
  const { everyMs = 5_000 } = readOptions(options, 'file')
  return {
    async *watch(signal, runtime) {
      let before: string | undefined
      while (!signal.aborted) {
        const text = await textOf(path, signal)
        if (text !== before) yield listOf(text)
        before = text
        await runtime.sleep(everyMs, signal)
      }
    },
  }
}

async function textOf(path: string | URL, signal: AbortSignal): Promise<string> {
  const { readFile, stat } = process.getBuiltinModule('node:fs').promises
  const { size } = await stat(path)
  if (size > mostBytes) throw new Error(`a list of endpoints has at most ${mostBytes} bytes, this file has ${size}`)
  return await readFile(path, { encoding: 'utf8', signal })
}

function listOf(text: string): readonly EndpointLike[] {
  const list: unknown = JSON.parse(text)
  if (isList(list)) return list
  throw new Error('a list of endpoints is a JSON array of URLs, or of objects with a url')
}

/** What the objects hold is checked with the endpoints of other sources. */
function isList(list: unknown): list is readonly EndpointLike[] {
  return (
    Array.isArray(list) && list.every((one) => typeof one === 'string' || (typeof one === 'object' && one !== null))
  )
}
