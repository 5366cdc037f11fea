import { checkHeader, ConfigError, noHeaders } from '@halyard/core'
import { formatContentDisposition } from '../headers/format-content-disposition.ts'
import { bareId } from '../headers/content-id.ts'
import type { CheckedPart } from './checked-part.ts'
import type { Content } from './content.ts'

/** The lines of a part's headers with the empty line behind them, and what they say. */
export interface PartHead {
  readonly text: string
  readonly mediaType: string | undefined
  readonly contentId: string | undefined
}

/** @throws ConfigError for what no header may hold, and for a part of a form without a name. */
export function partHead(part: CheckedPart, content: Content, subtype: string, option: string): PartHead {
  const isForm = subtype === 'form-data'
  const own = part.headers ?? noHeaders
  const lines: string[] = []
  if (!own.has('content-disposition')) lines.push(...disposition(part, content, isForm, option))
  const mediaType = part.mediaType ?? own.get('content-type') ?? content.body.contentType
  if (mediaType !== undefined) lines.push(line('content-type', mediaType))
  const contentId = part.contentId === undefined ? undefined : checkedId(part.contentId, option)
  if (contentId !== undefined) lines.push(line('content-id', `<${contentId}>`))
  for (const [name, value] of own) {
    const lower = name.toLowerCase()
    if (lower === 'content-type' || (lower === 'content-id' && contentId !== undefined)) continue
    lines.push(line(name, value))
  }
  return {
    text: [...lines, '\r\n'].join(''),
    mediaType,
    contentId: contentId ?? bareId(own.get('content-id')),
  }
}

function line(name: string, value: string): string {
  checkHeader(name, value)
  return `${name}: ${value}\r\n`
}

function disposition(part: CheckedPart, content: Content, isForm: boolean, option: string): string[] {
  const { name } = part
  const filename = part.filename ?? content.filename ?? (isForm && content.isBlob ? 'blob' : undefined)
  if (isForm && name === undefined) {
    throw new ConfigError({ option: `${option}.name`, value: undefined, expected: 'the name of the field of the form' })
  }
  if (name === undefined && filename === undefined) return []
  const type = isForm ? 'form-data' : filename === undefined ? 'inline' : 'attachment'
  // Not checked as a header of a request is: names in a form are UTF-8, and what would end the line is escaped.
  return [`content-disposition: ${formatContentDisposition(type, { name, filename })}\r\n`]
}

/** Visible ASCII but for the brackets around it; the exact syntax of RFC 5322 is wanted by nobody. */
function checkedId(contentId: string, option: string): string {
  const bare = bareId(contentId) ?? ''
  if (/^[\x21-\x3b\x3d\x3f-\x7e]+$/.test(bare)) return bare
  throw new ConfigError({
    option: `${option}.contentId`,
    value: contentId,
    expected: 'visible ASCII characters without < and >, such as root@example.com',
  })
}
