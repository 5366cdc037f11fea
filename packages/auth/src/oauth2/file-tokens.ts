import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { ConfigError } from '@halyard/core'
import { jsonObject } from './json-object.ts'
import { TokenFailure } from './oauth2-error.ts'
import type { TokenSet } from './token-set.ts'
import { isTokenSet, type TokenStore } from './token-store.ts'

/** Nobody has so many tokens; a longer file is somebody else's. */
const maxBytes = 2 ** 24

/**
 * A store in one file, in clear, readable by its owner alone (mode 0600; on Windows as the folder says). Each change
 * replaces the file as a whole, so that it is never half written. Providers of one process may share it; processes that
 * write at the same time may lose each other's changes.
 * @throws ConfigError for what is no path
 */
export function fileTokens(file: string): TokenStore {
  if (typeof file === 'string' && file !== '' && !file.includes('\0')) return new FileTokens(path.resolve(file))
  throw new ConfigError({ option: 'fileTokens', value: typeof file, expected: 'the path of a file' })
}

/** Changes of one file, one after the other, whoever makes them in this process. */
const queues = new Map<string, Promise<void>>()

class FileTokens implements TokenStore {
  readonly #file: string

  constructor(file: string) {
    this.#file = file
  }

  async load(key: string): Promise<TokenSet | undefined> {
    await queues.get(this.#file)
    const found = (await this.#read()).get(key)
    return isTokenSet(found) ? found : undefined
  }

  async save(key: string, tokens: TokenSet): Promise<void> {
    const before = queues.get(this.#file) ?? Promise.resolve()
    const change = before.then(() => this.#change(key, tokens))
    const settled = change.catch(() => undefined)
    queues.set(this.#file, settled)
    try {
      await change
    } finally {
      if (queues.get(this.#file) === settled) queues.delete(this.#file)
    }
  }

  async #change(key: string, tokens: TokenSet): Promise<void> {
    const all = await this.#read()
    all.set(key, tokens)
    await mkdir(path.dirname(this.#file), { recursive: true })
    const draft = `${this.#file}.${randomUUID()}.tmp`
    try {
      // Made anew with its mode: the secret is never in a file that others can read.
      const handle = await open(draft, 'wx', 0o600)
      try {
        await handle.writeFile(`${JSON.stringify(Object.fromEntries(all), undefined, 2)}\n`)
        await handle.sync()
      } finally {
        await handle.close()
      }
      await rename(draft, this.#file)
    } catch (error) {
      await rm(draft, { force: true })
      throw error
    }
  }

  /** @throws TokenFailure for a file that is none of ours: it is not overwritten */
  async #read(): Promise<Map<string, unknown>> {
    let text: string
    try {
      text = await readFile(this.#file, 'utf8')
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Map()
      throw error
    }
    const members = text.length > maxBytes ? undefined : jsonObject(text)
    if (members === undefined) throw new TokenFailure(`${this.#file} holds something else than tokens`)
    return new Map(members)
  }
}
