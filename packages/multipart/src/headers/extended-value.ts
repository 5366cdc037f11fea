/** `UTF-8''na%C3%AFve.txt` (RFC 8187 §3.2): a parameter's value beyond ASCII; `undefined` for one that is not valid. */
export function parseExtendedValue(text: string): string | undefined {
  const match = /^(?<charset>[\w-]{1,40})'[\w-]{0,60}'(?<encoded>[!#$&+\-.^_`|~%0-9A-Za-z]*)$/.exec(text)
  if (match?.groups === undefined) return undefined
  const { charset = '', encoded = '' } = match.groups
  if (/%(?![0-9A-Fa-f]{2})/.test(encoded)) return undefined
  const bytes = encoded.replaceAll(/%[0-9A-Fa-f]{2}/g, (hex) => String.fromCharCode(Number.parseInt(hex.slice(1), 16)))
  switch (charset.toLowerCase()) {
    case 'iso-8859-1':
      return bytes
    case 'utf-8':
      try {
        return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(bytes, 'latin1'))
      } catch {
        return undefined
      }
    default:
      return undefined
  }
}

/** Writes any text so, in UTF-8. */
export function formatExtendedValue(text: string): string {
  const encoded = encodeURIComponent(text.toWellFormed()).replaceAll(
    /['()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `UTF-8''${encoded}`
}
