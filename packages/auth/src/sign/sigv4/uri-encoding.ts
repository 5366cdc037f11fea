const unreserved = /[A-Za-z0-9\-._~]/

/** Percent-encoding as Signature Version 4 has it: all but the unreserved characters of RFC 3986 §2.3. */
export function uriEncode(text: string): string {
  // Half of a surrogate pair is sent as the replacement character.
  return encodeURIComponent(text.toWellFormed()).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** Encodes what is encoded already in the one form that both sides agree on. What is no escape stands for itself. */
export function reencode(encoded: string): string {
  let result = ''
  let at = 0
  for (const { 0: escape, index } of encoded.matchAll(/%[0-9A-Fa-f]{2}/g)) {
    result += uriEncode(encoded.slice(at, index))
    const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16))
    result += unreserved.test(character) ? character : escape.toUpperCase()
    at = index + escape.length
  }
  return result + uriEncode(encoded.slice(at))
}
