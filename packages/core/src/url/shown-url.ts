/** A URL or path as messages may show it: no user information, no query, no fragment. */
export function shownUrl(text: string): string {
  // An unencoded password may hold any delimiter, so of text with an `@` nothing can be told apart safely.
  if (text.includes('@')) return `${/^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0] ?? ''}…`
  return text.replace(/[?#].*$/s, '')
}
