/** What a raw answer says. */
export interface ReplyInit {
  /** @defaultValue 200 */
  readonly status?: number
  /** @defaultValue `'OK'` */
  readonly reason?: string
  /** Put after `content-length`, as they are. */
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as UTF-8. */
  readonly body?: string
}

/** An answer as text for `send`, a character a byte, with the right `content-length`. */
export function reply(init: ReplyInit = {}): string {
  const body = Buffer.from(init.body ?? '', 'utf8').toString('latin1')
  const fields = Object.entries(init.headers ?? {}).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${init.status ?? 200} ${init.reason ?? 'OK'}\r\ncontent-length: ${body.length}\r\n${fields.join('')}\r\n${body}`
}
