import { BaseUrl, ConfigError, checkScheme } from '@halyard/core'

/** A base from a URL or text; text without a scheme is https where the client is secure, else http. @throws ConfigError */
export function baseUrl(base: unknown, secure: boolean): BaseUrl | undefined {
  if (base === undefined) return undefined
  if (typeof base !== 'string' && !(base instanceof URL)) {
    throw new ConfigError({ option: 'base', value: base, expected: 'a URL, as text or object' })
  }
  const text = String(base)
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `${secure ? 'https' : 'http'}://${text}`
  const url = URL.parse(full)
  // A path without a host would make a host of its first segment.
  if (/^\s*(?:[/\\?#]|$)/.test(text) || url === null) {
    throw new ConfigError({
      option: 'base',
      // An unencoded password may hold any delimiter, so text with an `@` is not shown.
      value: text.includes('@') ? '…' : text.replace(/[?#].*$/s, ''),
      expected: 'a valid URL',
    })
  }
  checkScheme(url, 'base')
  if (url.username !== '' || url.password !== '') {
    throw new ConfigError({
      option: 'base',
      value: url.host,
      expected: 'a URL without user name and password',
    })
  }
  return new BaseUrl(url)
}
