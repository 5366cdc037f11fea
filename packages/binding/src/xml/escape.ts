import { illegalAt } from './characters.ts'

const inText: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' }
const inAttributes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
}

/** Whether XML can hold all of `text`: no control characters, no lone surrogates. */
export function isXmlText(text: string): boolean {
  return illegalAt(text) === -1 && text.isWellFormed()
}

/** Text between tags. A carriage return would be read as a line feed. */
export function escapeText(text: string): string {
  return /[&<>\r]/.test(text) ? text.replace(/[&<>\r]/g, (one) => inText[one] ?? one) : text
}

/** A value between double quotes. Line ends and tabs would be read as blanks. */
export function escapeAttribute(text: string): string {
  return /[&<>"\t\n\r]/.test(text) ? text.replace(/[&<>"\t\n\r]/g, (one) => inAttributes[one] ?? one) : text
}
