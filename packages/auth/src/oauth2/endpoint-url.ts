import { ConfigError } from '@halyard/core'
import type { OptionSpec } from '@halyard/core/options'

/** RFC 6749 §3.2: no fragment; and user information would be a secret in a URL. */
export const endpointUrl: OptionSpec<URL> = (value, option) => {
  const url = value instanceof URL ? new URL(value) : typeof value === 'string' ? URL.parse(value) : null
  if (url === null) {
    const shown = typeof value === 'string' ? 'text that is none' : typeof value
    throw new ConfigError({ option, value: shown, expected: 'an absolute URL' })
  }
  const fault = urlFault(url)
  if (fault !== undefined)
    throw new ConfigError({ option, value: `a URL ${fault}`, expected: 'https:, and a plain URL' })
  return url
}

/** @throws ConfigError for clear text beyond loopback, unless that is allowed */
export function checkClearText(url: URL | undefined, allowed: boolean, option: string): void {
  if (url === undefined || allowed || isPrivateOnTheWay(url)) return
  const hint = 'http.clearText allows it'
  throw new ConfigError({ option, value: url.protocol, expected: 'https: for all but loopback', hint })
}

export function urlFault(url: URL): string | undefined {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'of another scheme'
  if (url.username !== '' || url.password !== '') return 'with user information'
  return url.hash === '' ? undefined : 'with a fragment'
}

/** Nobody else can read what is sent to this URL. */
export function isPrivateOnTheWay({ protocol, hostname }: URL): boolean {
  if (protocol === 'https:') return true
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127\.\d+\.\d+\.\d+$/.test(hostname)
  )
}

/** A URL as messages show it. */
export function shown(url: URL): string {
  return `${url.origin}${url.pathname}`
}
