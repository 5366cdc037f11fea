/** What bytes 0x80 to 0x9F mean in windows-1252, by the WHATWG encoding standard. */
const upper =
  '\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f' +
  '\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178'

const decoder = new TextDecoder('windows-1252')

/** Decodes windows-1252. Node 22 takes it for ISO-8859-1 and loses quotes, dashes and the euro. */
export function decodeWindows1252(bytes: Uint8Array): string {
  const text = decoder.decode(bytes)
  // Where the platform is right these are the five that stand for themselves.
  return text.replace(/[\u0080-\u009f]/g, (one) => upper[one.charCodeAt(0) - 0x80] ?? one)
}
