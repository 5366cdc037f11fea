import type { HttpVersionChoice } from '../connection-settings.ts'

/** What is offered (RFC 7301), the most wanted first. */
export function alpnOf(httpVersion: HttpVersionChoice): readonly string[] {
  if (httpVersion === '1.1') return ['http/1.1']
  return httpVersion === '2' ? ['h2'] : ['h2', 'http/1.1']
}
