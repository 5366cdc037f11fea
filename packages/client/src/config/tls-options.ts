import { ConfigError } from '@halyard/core'
import type { OptionSpec } from '@halyard/core/options'
import { isWatched, tls, type TlsInit, type TlsSource } from '@halyard/tls'

/** Options, a function that has them, or what `watch` made; files are read at once. @throws ConfigError */
export const tlsOption: OptionSpec<TlsSource> = (value, option) => {
  if (isInit(value)) return tls(value, undefined, option)
  throw new ConfigError({ option, value, expected: 'an object' })
}

/** What the objects hold is checked by `tls` itself. */
function isInit(value: unknown): value is TlsInit {
  if (typeof value === 'function') return true
  return isWatched(value) || Object.prototype.toString.call(value) === '[object Object]'
}
