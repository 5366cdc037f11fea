import { isUtf8 } from 'node:buffer'
import { HeaderFields, isToken, type HeaderList } from '@halyard/core'
import { trimBlanks } from '../headers/parameters.ts'
import type { Ledger } from './ledger.ts'

/**
 * The headers of a part, from the bytes between the delimiter and the empty line. The first line is what stands behind
 * the delimiter, where only blanks may be (RFC 2046 §5.1.1).
 * @throws MultipartError for anything else there, a folded line, a line that is no header, and too many of them.
 */
export function partHeaders(block: Buffer, ledger: Ledger): HeaderList {
  const [behind = '', ...lines] = block.toString('latin1').split('\r\n')
  if (trimBlanks(behind) !== '') throw ledger.malformed('has text behind a delimiter')
  const { maxHeaderCount } = ledger.limits
  if (lines.length > maxHeaderCount) throw ledger.exceeded('maxHeaderCount', 'header fields in a part')
  const flat: string[] = []
  for (const line of lines) {
    if (line.startsWith(' ') || line.startsWith('\t')) throw ledger.malformed('has a folded header in a part')
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(colon, 0))
    if (!isToken(name) || notInValue.test(line))
      throw ledger.malformed('has a line in the head of a part that is no header')
    flat.push(name, textOf(trimBlanks(line.slice(colon + 1))))
  }
  return new HeaderFields(flat)
}

const notInValue = /[\0\r\n]/
const beyondAscii = /[^\0-\x7f]/

/** UTF-8, as browsers write names; ISO-8859-1 where it is none. */
function textOf(value: string): string {
  if (!beyondAscii.test(value)) return value
  const bytes = Buffer.from(value, 'latin1')
  return isUtf8(bytes) ? bytes.toString() : value
}
