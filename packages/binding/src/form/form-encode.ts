/** Encodes well-formed text by the application/x-www-form-urlencoded percent-encode set of the WHATWG URL standard. */
export function formEncode(text: string): string {
  if (plain.test(text)) return text
  // `encodeURIComponent` leaves five characters more than the set does.
  return encodeURIComponent(text).replace(/%20|[!'()~]/g, (one) => replacements.get(one) ?? one)
}

const plain = /^[\w*.-]*$/

const replacements: ReadonlyMap<string, string> = new Map([
  ['%20', '+'],
  ['!', '%21'],
  ["'", '%27'],
  ['(', '%28'],
  [')', '%29'],
  ['~', '%7E'],
])
