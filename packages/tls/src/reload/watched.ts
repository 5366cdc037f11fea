import { ConfigError } from '@halyard/core'
import { durationMs, optionObject } from '@halyard/core/options'
import { isMaterial, type TlsOptions } from '../options/tls-options.ts'

export interface WatchOptions {
  /** How often the files are looked at, milliseconds. @defaultValue 10_000 */
  readonly everyMs?: number | undefined
}

/** Whether `watch` made it. */
export function isWatched(value: unknown): value is WatchedTls {
  return value instanceof WatchedTls
}

const table = optionObject({ everyMs: durationMs })

/** Options whose files are looked at again and again. Made by `watch`. */
export class WatchedTls {
  readonly options: TlsOptions
  readonly everyMs: number

  constructor(options: TlsOptions, everyMs: number) {
    this.options = options
    this.everyMs = everyMs
  }
}

/**
 * Reads certificates and keys again when their files change. New connections use the new material, those there are take
 * no new requests and drain. Material that is broken is told of (`reload-failed`), and the old kept. Files are looked at
 * while a client uses them, and never keep the process.
 *
 * @example
 * ```ts
 * const api = createClient(url, { tls: watch({ cert: 'me.pem', key: 'me.key' }) })
 * ```
 * @throws ConfigError where no file is named, or an option is wrong
 */
export function watch(options: TlsOptions, settings: WatchOptions = {}): WatchedTls {
  const { everyMs = 10_000 } = table(settings, 'watch')
  if (typeof options !== 'object' || options === null || pathsOf(options).length === 0) {
    throw new ConfigError({ option: 'watch', value: options, expected: 'TLS options with the path of a file to watch' })
  }
  return new WatchedTls(options, everyMs)
}

/** The files that options name. */
export function pathsOf(options: TlsOptions): readonly string[] {
  const given: unknown[] = [options.ca, options.extraCa, options.cert, options.key, options.pfx].flat()
  return given.filter((one) => typeof one === 'string' && isMaterial(one) && !one.includes('-----BEGIN')).map(String)
}
