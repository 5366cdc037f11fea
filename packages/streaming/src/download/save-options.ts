import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { ConfigError } from '@halyard/core'
import { boolean, guarded, integer, optionObject, string, type OptionSpec } from '@halyard/core/options'
import type { ProgressListener } from '../progress/transfer-progress.ts'

/** The digest that a file is to have. */
export interface ExpectedDigest {
  /** As `sha-256`, `sha256`, `sha-512`, `md5`: what Node's crypto knows. */
  readonly algorithm: string
  /** In hex or base64. */
  readonly value: string
}

/** How a download is saved. */
export interface SaveOptions {
  /**
   * Goes on with what an earlier run has left: `<name>.part`, beside the file, and what is known of it in
   * `<name>.part.json`. They are kept where a download fails. A server that gives no strong validator, or has other bytes
   * by now, sends everything again. A part survives the end of the process; a power failure, only with `durable`.
   * @defaultValue false
   */
  readonly resume?: boolean | undefined
  /** Syncs the file before it gets its name, and the folder after that. @defaultValue false */
  readonly durable?: boolean | undefined
  /** Ranges that are fetched at a time, from a server that has them and strong validators. @defaultValue 1 */
  readonly parallel?: number | undefined
  /** What the bytes of the file must hash to. `content-digest` and `repr-digest` are checked without being asked. */
  readonly digest?: ExpectedDigest | undefined
  /** Told of the bytes that came, as they are on the wire; a resumed download starts with those it has. */
  readonly onProgress?: ProgressListener | undefined
  /** For all ranges together. @defaultValue no limit */
  readonly rateBytesPerSecond?: number | undefined
}

/** A file that is whole and in its place. */
export interface SavedFile {
  readonly path: string
  readonly bytes: number
  /** Whether bytes of an earlier run are in it. */
  readonly resumed: boolean
  /** What the bytes of the file were checked against: yours, else the server's; the value in hex. */
  readonly digest: { readonly algorithm: string; readonly value: string } | undefined
}

export interface ResolvedSave {
  readonly resume: boolean
  readonly durable: boolean
  readonly parallel: number
  readonly digest: ResolvedDigest | undefined
  readonly onProgress: ProgressListener | undefined
  readonly rateBytesPerSecond: number | undefined
}

export interface ResolvedDigest {
  /** As it was given. */
  readonly algorithm: string
  /** As Node's crypto calls it. */
  readonly hash: string
  readonly value: Uint8Array
}

const isListener = (value: unknown): value is ProgressListener => typeof value === 'function'

const digestSpec = optionObject({ algorithm: string, value: string })

const digest: OptionSpec<ResolvedDigest> = (given, option) => {
  const { algorithm, value } = digestSpec(given, option)
  if (algorithm === undefined || value === undefined) {
    throw new ConfigError({ option, value: given, expected: 'an algorithm and a value' })
  }
  const hash = algorithm
    .toLowerCase()
    .replace(/^sha-(?=\d)/, 'sha')
    .replace('/', '-')
  const length = digestLength(hash)
  if (length === undefined) {
    throw new ConfigError({ option: `${option}.algorithm`, value: algorithm, expected: "a hash such as 'sha-256'" })
  }
  const bytes = decodeDigest(value, length)
  if (bytes === undefined) {
    const expected = `${length} bytes in hex or base64`
    throw new ConfigError({ option: `${option}.value`, value: `${value.length} characters`, expected })
  }
  return { algorithm, hash, value: bytes }
}

const spec = optionObject({
  resume: boolean,
  durable: boolean,
  parallel: integer({ min: 1, max: 64 }),
  digest,
  onProgress: guarded(isListener, 'a function'),
  rateBytesPerSecond: integer({ min: 1 }),
})

/** @throws ConfigError for a wrong type or range, or an unknown name */
export function resolveSave(options: unknown): ResolvedSave {
  const own = spec(options, 'saveTo')
  return {
    resume: own.resume ?? false,
    durable: own.durable ?? false,
    parallel: own.parallel ?? 1,
    digest: own.digest,
    onProgress: own.onProgress,
    rateBytesPerSecond: own.rateBytesPerSecond,
  }
}

/** @throws ConfigError for what names no file */
export function resolvePath(path: unknown): string {
  const expected = 'the path of a file, or a file: URL'
  if (path instanceof URL) {
    try {
      return fileURLToPath(path)
    } catch {
      throw new ConfigError({ option: 'path', value: path, expected })
    }
  }
  if (typeof path === 'string' && path !== '' && !path.includes('\0')) return path
  throw new ConfigError({ option: 'path', value: path, expected })
}

function digestLength(hash: string): number | undefined {
  try {
    return createHash(hash).digest().byteLength
  } catch {
    return undefined
  }
}

/** A value in hex has twice as many characters as bytes, in base64 four for three: they cannot be mixed up. */
function decodeDigest(value: string, length: number): Uint8Array | undefined {
  const isHex = value.length === 2 * length && /^[0-9a-f]*$/i.test(value)
  if (!isHex && !/^[\w+/-]*={0,2}$/.test(value)) return undefined
  const bytes = Buffer.from(value, isHex ? 'hex' : 'base64')
  return bytes.byteLength === length && (isHex || value.length <= Math.ceil(length / 3) * 4) ? bytes : undefined
}
