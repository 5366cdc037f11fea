import type { ServerSentEvent } from '../../../src/events/index.ts'

/** The events of a whole stream, by the steps of HTML §9.2.6, word for word. Comments where they are asked for. */
export function reference(stream: Uint8Array, comments = false): ServerSentEvent[] {
  // "UTF-8 decode": one byte order mark is dropped.
  const text = new TextDecoder('utf-8').decode(stream)
  const lines = text.split(/\r\n|\n|\r/)
  // What no line end ends is no line.
  lines.pop()
  const items: ServerSentEvent[] = []
  let data = ''
  let type = ''
  let idBuffer = ''
  let lastEventId = ''
  let retry: number | undefined
  const process = (field: string, value: string): void => {
    switch (field) {
      case 'event':
        type = value
        break
      case 'data':
        data += `${value}\n`
        break
      case 'id':
        if (!value.includes('\0')) idBuffer = value
        break
      case 'retry':
        if (/^[0-9]+$/.test(value)) retry = Math.min(Number(value), Number.MAX_SAFE_INTEGER)
    }
  }
  for (const line of lines) {
    if (line === '') {
      lastEventId = idBuffer
      if (data !== '') {
        items.push({ event: type === '' ? 'message' : type, id: lastEventId, data: data.slice(0, -1), retry })
        retry = undefined
      }
      data = ''
      type = ''
    } else if (line.startsWith(':')) {
      const comment = line[1] === ' ' ? line.slice(2) : line.slice(1)
      if (comments) items.push({ event: '', id: lastEventId, data: '', retry: undefined, comment })
    } else if (line.includes(':')) {
      const at = line.indexOf(':')
      process(line.slice(0, at), line[at + 1] === ' ' ? line.slice(at + 2) : line.slice(at + 1))
    } else process(line, '')
  }
  return items
}
